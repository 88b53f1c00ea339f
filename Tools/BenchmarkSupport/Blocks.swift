import CKernels
import Kernels

/// AES-128 in ECB mode by libcrypto, on data that stay in the first-level cache.
///
/// The unit of most rows: it travels better from machine to machine than nanoseconds do.
package final class BulkAES {
    /// Blocks a call of `encrypt`: 16 kB.
    package static let blocks = 1024
    private let context: UnsafeMutableRawPointer
    private var bytes = [UInt8](repeating: 1, count: 16 * BulkAES.blocks)

    /// - Throws: `NoAES`.
    package init() throws {
        guard let context = populus_evp_aes128_new([UInt8](repeating: 7, count: 16)) else { throw NoAES() }
        self.context = context
    }

    deinit { populus_evp_aes128_free(context) }

    package func encrypt() throws {
        let isDone = bytes.withUnsafeMutableBufferPointer {
            populus_evp_aes128_encrypt(context, $0.baseAddress, $0.baseAddress, Self.blocks)
        }
        guard isDone else { throw NoAES() }
    }

    /// That libcrypto has no AES-128.
    package struct NoAES: Error {}
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
