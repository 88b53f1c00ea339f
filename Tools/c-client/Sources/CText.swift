/// A text with a NUL at its end, where C can read it as long as this is there.
///
/// Nobody writes to the memory after it was made, so it may be read from any thread.
final class CText: @unchecked Sendable {
    private let memory: UnsafeMutableBufferPointer<CChar>

    init(_ text: String) {
        let bytes = text.utf8CString
        memory = .allocate(capacity: bytes.count)
        _ = memory.initialize(from: bytes)
    }

    var pointer: UnsafePointer<CChar>? { UnsafePointer(memory.baseAddress) }

    deinit { memory.deallocate() }
}

extension StaticString {
    /// The same for a text that stays.
    var pointer: UnsafePointer<CChar> { UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}
