import Glibc

/// One message of PostgreSQL's protocol.
struct Message {
    /// Nothing for the first message of a client.
    let type: UInt8?
    /// What follows type and length.
    var bytes: [UInt8] = []

    /// As it is sent.
    var encoded: [UInt8] {
        var all: [UInt8] = type.map { [$0] } ?? []
        withUnsafeBytes(of: UInt32(bytes.count + 4).bigEndian) { all.append(contentsOf: $0) }
        return all + bytes
    }

    mutating func add(_ number: UInt32) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func add(_ text: String) { bytes += Array(text.utf8) + [0] }

    /// The text that ends with a zero at a place, and the place after it.
    func text(at place: Int) -> (String, Int) {
        let end = bytes[place...].firstIndex(of: 0) ?? bytes.endIndex
        return (String(decoding: bytes[place..<end], as: UTF8.self), end + 1)
    }
}

/// A Unix socket that is read and written by waiting.
///
/// One thread may read while another one writes; whoever cuts it wakes both.
final class ByteStream: Sendable {
    private let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    convenience init(connectedTo path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let isConnected = try withUnixAddress(path) { connect(descriptor, $0, $1) } == 0
        guard isConnected else {
            let reason = String(cString: strerror(errno))
            Glibc.close(descriptor)
            throw HarnessError.unreachable("\(path): \(reason)")
        }
        self.init(descriptor: descriptor)
    }

    /// Ends both directions; what is under way fails.
    func cut() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Only once nobody reads or writes any more.
    func close() { Glibc.close(descriptor) }

    func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw HarnessError.unreachable("cannot send") }
            sent += count
        }
    }

    /// So many bytes; nothing at the end of the stream.
    func read(_ size: Int) throws -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: size)
        var got = 0
        while got < size {
            let count = bytes[got...].withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            got += count
        }
        return bytes
    }

    /// The next message; nothing at the end of the stream.
    ///
    /// - Parameter isTyped: false for the first one of a client.
    func message(isTyped: Bool = true) throws -> Message? {
        var type: UInt8?
        if isTyped {
            guard let first = try read(1) else { return nil }
            type = first[0]
        }
        guard let length = try read(4)?.reduce(0, { $0 << 8 | Int($1) }), length >= 4,
            let bytes = try read(length - 4)
        else { return nil }
        return Message(type: type, bytes: bytes)
    }
}

/// Calls `body` with the address of a Unix socket.
func withUnixAddress<T>(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> T
) throws -> T {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
        throw HarnessError.unreachable("\(path) is too long for a socket")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}
