import PopulusDAP
import PopulusVDAF
import PopulusWireCodec

/// Why a client takes no part in a task.
package enum ReportTaskError: Error, Hashable, Sendable {
    /// The task's ID or its configuration does not decode.
    case malformed(WireError)
    /// The task has extensions that this program does not know.
    ///
    /// Spec: DAP §4.2.2
    case unsupportedExtensions([UInt16])
    /// The task has a walk extension that this program cannot go by.
    case walkExtension(WalkExtensionError)
    /// The task has a noise extension that this program cannot go by.
    case batchNoise(BatchNoiseError)
    case vdaf(VDAFError)
    /// The task's encoding of strings is none that this program knows.
    case unknownEncoding
}

extension ReportTaskError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed(let error): "the task does not decode: \(error)"
        case .unsupportedExtensions(let types):
            "the task has extensions that this program does not know: " + types.map { "\($0)" }.joined(separator: ", ")
                + "; use a newer one"
        case .walkExtension(let error): error.description
        case .batchNoise(let error): error.description
        case .vdaf(let error): "the task's VDAF cannot be used on this machine: \(error)"
        case .unknownEncoding: "the task's encoding of strings is none that this program knows; use a newer one"
        }
    }
}

/// Why there is no report of a value; it never says what the value is.
package enum ReportMakingError: Error, Hashable, Sendable {
    /// The task has no strings, or their encoding was not given.
    case noStrings
    /// The task has strings.
    case noNumbers
    case unencodable(StringRefusal)
    /// The VDAF does not take the measurement.
    case sharding(VDAFError)
    case sealing(HpkeError)
}
