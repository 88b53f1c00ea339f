import PopulusDifferentialPrivacy
import PopulusSchemes
import PopulusWireCodec

/// The noise that each aggregator adds to its share of a batch, which clients consent to: the data of the task extension
/// `noise`, of tasks without walks.
///
/// ```
/// struct {
///   uint16 version = 1;
///   NoiseVariance variance;            // of the discrete Gaussian that is added to every number
///   uint64 inverse_delta;              // at least 2: the promise is made for delta = 1 / inverse_delta
/// } BatchNoise;
/// ```
///
/// Spec: <doc:NoiseExtension>
package struct BatchNoise: Hashable, Sendable, WireCodable {
    package static let version: UInt16 = 1

    /// Of one aggregator.
    package let variance: NoiseVariance
    /// The promise is made for a delta of one divided by this.
    package let inverseDelta: UInt64

    /// `nil` where delta would not be below 1.
    package init?(variance: NoiseVariance, inverseDelta: UInt64) {
        guard inverseDelta > 1 else { return nil }
        self.variance = variance
        self.inverseDelta = inverseDelta
    }

    package func encode(into writer: inout WireWriter) {
        writer.append(u16: Self.version)
        writer.append(variance)
        writer.append(u64: inverseDelta)
    }

    package init(from reader: inout WireReader) throws(WireError) {
        guard try reader.readU16() == Self.version else { throw .badValue("version") }
        guard let noise = BatchNoise(variance: try reader.read(), inverseDelta: try reader.readU64()) else {
            throw .badValue("inverse_delta")
        }
        self = noise
    }
}

extension ExtensionEntry where Registry == TaskExtensionRegistry {
    /// Has the aggregators add noise to each batch.
    package static func noise(_ noise: BatchNoise, _ codePoints: WalkCodePoints = .provisional) -> TaskExtension {
        TaskExtension(type: codePoints.noise, data: noise.encoded())
    }
}

/// Why a task whose batches have noise cannot be taken part in.
package enum BatchNoiseError: Error, Hashable, Sendable {
    case malformed(WireError)
    case unknownVersion(UInt16)
    /// A walk has a noise of its own.
    case besideWalks
    /// No sum is sure to be told from a negative one.
    case beyondField
}

extension BatchNoiseError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let error): "the noise extension does not decode: \(error)"
        case .unknownVersion(let version):
            "the task's noise is of version \(version), this program knows version \(BatchNoise.version)"
        case .besideWalks: "the task has the noise extension beside walks, whose noise stands in the walk extension"
        case .beyondField: "the task's noise and the greatest measurement are too much for the VDAF's field"
        }
    }
}

extension TaskConfiguration {
    /// The noise of the task's batches, if the task has the extension.
    package func batchNoise(_ codePoints: WalkCodePoints = .provisional) throws(BatchNoiseError) -> BatchNoise? {
        // A task of an earlier version may have moved its walks to the code point that noise has now.
        guard codePoints.noise != codePoints.task, let data = extensions.data(ofType: codePoints.noise) else {
            return nil
        }
        guard extensions.data(ofType: codePoints.task) == nil else { throw .besideWalks }
        let noise: BatchNoise
        do {
            var start = WireReader(data)
            let version = try start.readU16()
            guard version == BatchNoise.version else { throw BatchNoiseError.unknownVersion(version) }
            noise = try BatchNoise(decoding: data)
        } catch let error as BatchNoiseError {
            throw error
        } catch let error as WireError {
            throw .malformed(error)
        } catch {
            throw .malformed(.badValue("BatchNoise"))
        }
        guard vdaf.greatestReportCount(with: noise) > 0 else { throw .beyondField }
        return noise
    }
}
