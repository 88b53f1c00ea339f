import Dashboard
import PopulusDAP
import PopulusDurableFiles

/// The token of one start, in a file for its owner only.
struct DashboardToken {
    let secret = Secret.random()
    /// As it was given.
    let path: String
    /// Keeps a second dashboard from replacing the token of one that runs.
    private let lock: FileLock

    /// Makes a token, and replaces the file of an earlier one.
    ///
    /// - Parameter results: another file of the same command.
    init(at path: String, results: String) throws(CommandFailure) {
        self.path = path
        let place = OutputPath(path)
        let other = "give --token-file another file"
        guard !place.isSame(as: OutputPath(results)) else {
            throw CommandFailure(.cannotCreate, "\(path): is the file of results; \(other)")
        }
        switch place.content {
        case .nothing, .emptyFile: break
        case .file:
            guard Self.isToken(place.beginning(64) ?? []) else {
                throw CommandFailure(
                    .cannotCreate, "\(path): is there and is no token, so that it is not replaced; \(other)")
            }
        case .folder, .stream: throw CommandFailure(.cannotCreate, "\(path): is no file; \(other)")
        }
        lock = try Self.lock(path, other)
        do throws(DurableFileError) {
            // A new file takes the name, so that nobody who could read the old one can read this.
            try DurableFile.write(Array("\(secret.text)\n".utf8), to: place.real, permissions: 0o600, durable: false)
        } catch {
            throw CommandFailure(.cannotCreate, "\(path): the token cannot be written: \(error); \(other)")
        }
    }

    private static func lock(_ path: String, _ other: String) throws(CommandFailure) -> FileLock {
        let lock: FileLock?
        do throws(DurableFileError) { lock = try FileLock(path: path + ".lock") } catch {
            throw CommandFailure(.cannotCreate, "\(error); \(other)")
        }
        guard let lock else {
            throw CommandFailure(.temporary, "\(path): another dashboard runs, and this is its token; \(other)")
        }
        return lock
    }

    /// Whether a file's whole content is a token of an earlier start.
    private static func isToken(_ bytes: [UInt8]) -> Bool {
        guard bytes.last == UInt8(ascii: "\n") else { return false }
        return Base64URL.decode(String(decoding: bytes.dropLast(), as: UTF8.self))?.count == 32
    }
}
