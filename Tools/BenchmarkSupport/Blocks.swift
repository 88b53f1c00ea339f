import CPopulusKernels
import PopulusKernels

/// AES-128 of single blocks, eight in flight, on data that stay in the first-level cache.
///
/// With the processor's AES instructions for one block, where it has them: libcrypto's ECB mode takes the same time.
/// `POPULUS_CPU` does not change that. The unit of most rows: it travels better from machine to machine than nanoseconds
/// do.
package final class BulkAES {
    /// Blocks a call of `encrypt`: 16 kB.
    package static let blocks = 1024
    private var schedule = populus_aes128_schedule()
    private var bytes = [UInt8](repeating: 1, count: 16 * BulkAES.blocks)

    package init() {
        let key = [UInt8](repeating: 7, count: 16)
        switch Self.path {
        case .aesni: populus_aes128_expand_aesni(&schedule, key)
        case .neon: populus_aes128_expand_neon(&schedule, key)
        default: populus_aes128_expand_portable(&schedule, key)
        }
    }

    private static let path = ProcessorPath.available.last { [.portable, .aesni, .neon].contains($0) } ?? .portable

    package func encrypt() {
        bytes.withUnsafeMutableBufferPointer {
            switch Self.path {
            case .aesni: populus_aes128_encrypt_aesni(&schedule, $0.baseAddress, $0.baseAddress, Self.blocks)
            case .neon: populus_aes128_encrypt_neon(&schedule, $0.baseAddress, $0.baseAddress, Self.blocks)
            default: populus_aes128_encrypt_portable(&schedule, $0.baseAddress, $0.baseAddress, Self.blocks)
            }
        }
    }
}

/// The fixed-key AES hash of one path, on data that stay in the first-level cache.
package final class BulkHash {
    /// Blocks a call of `hash`: 4 kB.
    package static let blocks = 256
    private let key: AES128FixedKey
    private var data = [Block](repeating: Block(low: 1, high: 2), count: BulkHash.blocks)

    package init(path: ProcessorPath = .current) {
        key = AES128FixedKey([UInt8](repeating: 7, count: 16).span, path: path)
    }

    package func hash() {
        data.withUnsafeMutableBufferPointer {
            var span = $0.mutableSpan
            key.hash(inPlace: &span)
        }
    }
}
