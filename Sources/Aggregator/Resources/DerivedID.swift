import Crypto
import PopulusDAP

extension OpaqueID {
    /// An ID that follows from a request, so that a repeated request finds what the first one made.
    static func derived(_ kind: String, _ task: TaskID, _ requestDigest: [UInt8]) -> Self {
        var hash = SHA256()
        hash.update(data: Array("populus \(kind)".utf8))
        hash.update(data: task.bytes)
        hash.update(data: requestDigest)
        return Self(bytes: Array(hash.finalize().prefix(byteCount))) ?? .random()
    }
}
