#if POPULUS_CLIENT_TESTING
import CPopulusClient
import CPopulusClientTesting
import CPopulusSealing
import PopulusKernels
import PopulusReportMaking
import PopulusSchemes
import PopulusVDAF

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

// The functions of populus_client_testing.h: no release has them.

extension populus_client_bytes {
    fileprivate init(copying bytes: [UInt8]) {
        let memory = malloc(max(bytes.count, 1))?.bindMemory(to: UInt8.self, capacity: bytes.count)
        memory?.initialize(from: bytes, count: bytes.count)
        self.init(bytes: memory, length: memory == nil ? 0 : bytes.count)
    }
}

extension ReportTask {
    /// Zeros and ones are the bits themselves where the task takes strings, as vectors have paths of any length.
    fileprivate func knownMeasurement(saying text: [UInt8]) throws(ClientFailure) -> VdafMeasurement {
        guard configuration.vdaf.stringBits != nil else { return try measurement(saying: text) }
        return .bits(Prefix(bits: text.map { $0 == UInt8(ascii: "1") }))
    }
}

/// Shards a measurement with randomness that is given.
@c @implementation
public func populus_client_testing_shard(
    _ client: OpaquePointer?, _ context: UnsafePointer<UInt8>?, _ contextLength: Int,
    _ measurement: UnsafePointer<UInt8>?, _ length: Int, _ nonce: UnsafePointer<UInt8>?,
    _ rand: UnsafePointer<UInt8>?, _ randLength: Int, _ publicShare: UnsafeMutablePointer<populus_client_bytes>?,
    _ leaderShare: UnsafeMutablePointer<populus_client_bytes>?,
    _ helperShare: UnsafeMutablePointer<populus_client_bytes>?, _ error: UnsafeMutablePointer<populus_client_error>?
) -> populus_client_status {
    answer(error) { () throws(ClientFailure) in
        let task = try Client.of(client).task
        let measurement = try task.knownMeasurement(saying: try bytes(measurement, length, "measurement"))
        let context = try bytes(context, contextLength, "context"), nonce = try bytes(nonce, 16, "nonce")
        let rand = try bytes(rand, randLength, "rand")
        do throws(VDAFError) {
            let made = try task.configuration.vdaf.makeVdaf().shard(
                ctx: context, measurement: measurement, nonce: nonce, rand: rand)
            publicShare?.pointee = populus_client_bytes(copying: made.publicShare)
            leaderShare?.pointee = populus_client_bytes(copying: made.inputShares[0])
            helperShare?.pointee = populus_client_bytes(copying: made.inputShares[1])
        } catch {
            throw ReportMakingError.sharding(error).failure
        }
    }
}

/// Shards often, to be measured.
@c @implementation
public func populus_client_testing_shard_often(
    _ client: OpaquePointer?, _ measurement: UnsafePointer<UInt8>?, _ length: Int, _ count: UInt64,
    _ error: UnsafeMutablePointer<populus_client_error>?
) -> populus_client_status {
    answer(error) { () throws(ClientFailure) in
        let task = try Client.of(client).task
        let measurement = try task.measurement(saying: try bytes(measurement, length, "measurement"))
        for _ in 0..<count {
            do throws(VDAFError) {
                _ = try task.shard(measurement, id: .random(), rand: SystemRandomness.bytes(task.randSize))
            } catch {
                throw ReportMakingError.sharding(error).failure
            }
        }
    }
}

/// Seals with an ephemeral key that is given.
@c @implementation
public func populus_client_testing_seal(
    _ publicKey: UnsafePointer<UInt8>?, _ ephemeral: UnsafePointer<UInt8>?, _ info: UnsafePointer<UInt8>?,
    _ infoLength: Int, _ associated: UnsafePointer<UInt8>?, _ associatedLength: Int,
    _ plaintext: UnsafePointer<UInt8>?, _ length: Int, _ enc: UnsafeMutablePointer<UInt8>?,
    _ ciphertext: UnsafeMutablePointer<UInt8>?
) -> populus_client_status {
    let isSealed = populus_sealing_seal(
        publicKey, ephemeral, info, infoLength, associated, associatedLength, plaintext, length, enc, ciphertext)
    return isSealed == 1 ? POPULUS_CLIENT_OK : POPULUS_CLIENT_FAILED
}

/// Wipes and frees.
@c @implementation
public func populus_client_testing_free(_ bytes: UnsafeMutablePointer<populus_client_bytes>?) {
    guard let bytes, let start = bytes.pointee.bytes else { return }
    start.update(repeating: 0, count: bytes.pointee.length)
    free(start)
    bytes.pointee = populus_client_bytes()
}
#endif
