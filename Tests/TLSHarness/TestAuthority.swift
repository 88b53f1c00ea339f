import Foundation

/// An authority of a test's own, and the certificates that it signs: made by the command `openssl`.
package struct TestAuthority: Sendable {
    /// A certificate and its key in PEM.
    package struct Issued: Sendable {
        package let certificate: String
        package let key: String
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// Its own certificate in PEM.
    package let certificate: String
    private let folder: URL

    /// Makes an authority, whose files are in a folder of its own.
    ///
    /// - Parameter folder: is there; the authority's has its name.
    package init(_ name: String = "authority", in folder: URL) throws {
        self.folder = folder.appending(path: name)
        certificate = self.folder.appending(path: "authority.pem").path
        try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
        try Data().write(to: self.folder.appending(path: "index.txt"))
        try Data(Self.settings.utf8).write(to: self.folder.appending(path: "settings"))
        try openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3650",
            "-keyout", "authority.key", "-out", "authority.pem", "-subj", "/CN=\(name)",
            "-addext", "basicConstraints=critical,CA:true", "-addext", "keyUsage=critical,keyCertSign")
    }

    /// A certificate of these names, of use for servers and for clients.
    ///
    /// - Parameters:
    ///   - file: what its files are called.
    ///   - names: such as `DNS:localhost` and `IP:127.0.0.1`.
    ///   - hasExpired: whether its time is over.
    package func issue(
        _ file: String, names: [String] = ["DNS:localhost", "IP:127.0.0.1"], hasExpired: Bool = false
    ) throws -> Issued {
        try openssl(
            "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "\(file).key",
            "-out", "\(file).request", "-subj", "/CN=\(file)", "-addext",
            "subjectAltName=" + names.joined(separator: ","), "-addext", "extendedKeyUsage=serverAuth,clientAuth")
        try openssl(
            "ca", "-batch", "-config", "settings", "-notext", "-in", "\(file).request", "-out", "\(file).pem",
            "-startdate", "20200101000000Z", "-enddate", hasExpired ? "20200201000000Z" : "21200101000000Z")
        return Issued(
            certificate: folder.appending(path: "\(file).pem").path, key: folder.appending(path: "\(file).key").path)
    }

    private static let settings = """
        [ca]
        default_ca = own
        [own]
        dir = .
        database = index.txt
        new_certs_dir = .
        rand_serial = yes
        unique_subject = no
        default_md = sha256
        policy = any
        copy_extensions = copy
        certificate = authority.pem
        private_key = authority.key
        [any]
        commonName = supplied

        """

    /// Runs a command of openssl in the authority's folder.
    private func openssl(_ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = folder
        let messages = Pipe()
        (process.standardOutput, process.standardError) = (FileHandle.nullDevice, messages)
        try process.run()
        let said = try messages.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "openssl \(arguments): \(String(decoding: said, as: UTF8.self))")
        }
    }
}

/// Runs the body with an empty folder, which goes afterwards.
package func withFolder<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "populus-tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    // What cannot be removed stays in the system's folder for such things.
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}
