import Foundation
import LibFuzzer

/// Something that takes any bytes: it must neither trap nor break a promise, which it checks itself.
package struct FuzzTarget: Sendable {
    package let name: String
    package let body: @Sendable ([UInt8]) -> Void

    package init(_ name: String, _ body: @escaping @Sendable ([UInt8]) -> Void) {
        self.name = name
        self.body = body
    }

    /// The one that runs in this process: libFuzzer's callback takes no context.
    nonisolated(unsafe) private static var running: FuzzTarget?

    /// Runs the target that the first argument names, with libFuzzer's options in the others, and ends the process.
    package static func run(_ targets: [FuzzTarget]) -> Never {
        var words = CommandLine.arguments
        guard words.count > 1, let target = targets.first(where: { $0.name == words[1] }) else {
            print(targets.map(\.name).joined(separator: "\n"))
            exit(words.count > 1 ? 64 : 0)
        }
        running = target
        words.remove(at: 1)
        // They live as long as the process.
        let copies = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: words.count + 1)
        for (index, word) in words.enumerated() { copies[index] = strdup(word) }
        copies[words.count] = nil
        var (count, arguments) = (CInt(words.count), Optional(copies))
        exit(
            LLVMFuzzerRunDriver(&count, &arguments) { bytes, size in
                FuzzTarget.running?.body(Array(UnsafeBufferPointer(start: bytes, count: size)))
                return 0
            })
    }
}
