/// What is under a name, or behind an open file.
package struct FileStatus: Hashable, Sendable {
    package let kind: Kind
    /// In bytes.
    package let size: Int
    /// Who may read, write and run it: the lowest nine bits of its mode.
    package let permissions: UInt32
    /// The ID of the user that it belongs to.
    package let owner: UInt32
    /// The ID of the group that it belongs to: 0 is root's.
    package let group: UInt32
    /// When it was last written, in seconds since the Epoch.
    package let modified: Int64
    /// When it or what is said of it here was last changed, in nanoseconds since the Epoch.
    package let changed: Int64
    package let identity: FileIdentity

    package enum Kind: Hashable, Sendable {
        case file, folder, link
        /// A pipe, a socket, a terminal, a device.
        case stream
        /// None of these: what a system has of its own behind a descriptor.
        case other
    }

    /// What is there; where the name is a link, what that leads to.
    ///
    /// - Throws: `missing` and `notAFolder` where there is nothing.
    package init(of path: String) throws(DurableFileError) {
        let (status, code) = Self.found(at: path, followingLinks: true)
        guard let status else { throw DurableFileError(.look, path, code: code) }
        self = status
    }

    /// What is behind a descriptor; nil where nothing is open.
    package init?(descriptor: Int32) {
        guard let status = Self.found(at: descriptor).status else { return nil }
        self = status
    }

    /// Whether anything has the name, be it a link that leads nowhere.
    package static func isTaken(_ path: String) -> Bool { found(at: path, followingLinks: false).status != nil }
}

/// What a file is, whatever it is called: its place on its disk.
package struct FileIdentity: Hashable, Sendable {
    let device: UInt64
    let number: UInt64

    init(device: UInt64, number: UInt64) {
        self.device = device
        self.number = number
    }

    /// The file or folder of that name; nil where there is none.
    package init?(_ path: String) {
        guard let status = FileStatus.found(at: path, followingLinks: true).status else { return nil }
        self = status.identity
    }

    /// Bytes of the file of that name; 0 where there is none.
    package static func size(_ path: String) -> Int {
        FileStatus.found(at: path, followingLinks: true).status?.size ?? 0
    }
}
