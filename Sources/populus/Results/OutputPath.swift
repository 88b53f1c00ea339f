import Foundation
import PopulusDurableFiles

/// A path that an option gives to write to: which file that is, and what is there.
struct OutputPath {
    /// What is at a path.
    enum Content: Hashable {
        case nothing
        case emptyFile
        case file
        case folder
        /// A pipe, a terminal, a device: written to, never replaced.
        case stream
    }

    /// As it was given.
    let given: String
    /// The file itself, where the path or a folder in it is a link.
    let real: String
    let content: Content
    private let identity: FileIdentity?
    /// Who may read what is there.
    let permissions: UInt32?
    /// When it was last written, in seconds since the Epoch.
    let modified: UInt64?

    init(_ path: String) {
        given = path
        real = Self.real(path)
        let status: FileStatus
        do throws(DurableFileError) { status = try FileStatus(of: path) } catch {
            // What cannot be looked at shows itself when it is written.
            (content, identity, permissions, modified) = (.nothing, nil, nil, nil)
            return
        }
        identity = status.identity
        permissions = status.permissions
        modified = UInt64(exactly: status.modified)
        content =
            switch status.kind {
            case .file: status.size == 0 ? .emptyFile : .file
            case .folder: .folder
            case .link, .stream, .other: .stream
            }
    }

    /// Whether another path is the same file, by whatever name.
    func isSame(as other: OutputPath) -> Bool {
        real == other.real || identity != nil && identity == other.identity
    }

    /// Whether it is what a file descriptor of this process leads to, as `/dev/stdout` is.
    func isDescriptor(_ descriptor: Int32) -> Bool {
        identity != nil && identity == FileStatus(descriptor: descriptor)?.identity
    }

    /// The first bytes of what is there; nil if it cannot be read.
    func beginning(_ count: Int) -> [UInt8]? {
        // Why it cannot be read matters to nobody: it is not known to be a result, and so is not replaced.
        try? OpenFile(real, for: .reading).read(count, at: 0)
    }

    /// Why no file can be made beside it; nil if one can.
    var whyNoneCanBeMade: String? { FileNames.whyNoneCanBeMade(in: FileNames.folder(of: real))?.reason }

    /// Why what is there cannot be written to; nil if it can.
    var whyUnwritable: String? { FileNames.whyUnwritable(real)?.reason }

    /// The path without links, also where the last of them leads to a file that is not there.
    private static func real(_ path: String) -> String {
        if let found = try? RealPath.ofWhatIsThere(path) { return found }
        // Nothing is there yet.
        do throws(RealPath.Failure) { return try RealPath.of(path) } catch {
            switch error {
            // Nothing can be made there, which is said when the folder is looked at.
            case .folder(let missing): return missing.path + "/" + NSString(string: path).lastPathComponent
            case .noName, .tooManyLinks: return path
            }
        }
    }
}
