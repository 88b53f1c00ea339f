import ArgumentParser
import Client
import DAP
import StringCodec
import VDAF
import WireCodec

/// The schemes by name.
enum VdafName: String, ExpressibleByArgument, CaseIterable {
    case poplar1
    case prio3Count = "prio3-count"
    case prio3Sum = "prio3-sum"
    case prio3SumVec = "prio3-sumvec"
    case prio3Histogram = "prio3-histogram"
    case prio3Multihot = "prio3-multihot"
}

/// What a task measures: the scheme with its parameters.
struct SchemeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The scheme.",
            discussion: """
                poplar1 finds popular strings (--bits, --encoding); prio3-count counts ones among zeros and ones; \
                prio3-sum adds numbers (--max); prio3-sumvec adds vectors of numbers (--length, --max); \
                prio3-histogram counts in buckets (--length); prio3-multihot counts the ones in vectors of zeros and \
                ones (--length, --max-weight).
                """))
    var vdaf: VdafName = .poplar1

    @Option(
        help: """
            poplar1: the longest string in bits, encoded. Clients refuse longer ones; each bit costs every report about \
            65 bytes.
            """)
    var bits: UInt16?

    @Option(
        help: """
            poplar1: how strings become bits: bytes takes strings of any length up to --bits; hex takes values of --bits \
            bits each, such as hashes, in hexadecimal digits. (default: bytes)
            """)
    var encoding: String?

    @Flag(
        help: """
            poplar1: a plain DAP task. A batch is counted once, for candidates from a file (populus collect); there is \
            no populus discover.
            """)
    var withoutWalk = false

    @Option(help: "prio3-sum, prio3-sumvec: the greatest number that is taken; the least is 0.")
    var max: UInt64?

    @Option(help: "prio3-sumvec, prio3-multihot: how many numbers a measurement has. prio3-histogram: the buckets.")
    var length: UInt32?

    @Option(help: "prio3-multihot: the most ones of a measurement. (default: --length)")
    var maxWeight: UInt64?

    @Option(
        help: """
            prio3-sumvec, -histogram, -multihot: how many numbers a step of the proof takes together. (default: one near \
            the square root, which makes reports small)
            """)
    var chunkLength: UInt32?

    /// The most bytes of a report: that of an upload, which a Leader takes.
    private static let greatestReport = 8 << 20

    /// Whether the task has walks.
    var hasWalks: Bool { vdaf == .poplar1 && !withoutWalk }

    /// The name of the encoding of strings; nil where there are none.
    var encodingName: String? { vdaf == .poplar1 ? encoding ?? "bytes" : nil }

    func validate() throws {
        try refuse("--bits", bits != nil, unless: [.poplar1])
        try refuse("--encoding", encoding != nil, unless: [.poplar1])
        try refuse("--without-walk", withoutWalk, unless: [.poplar1])
        try refuse("--max", max != nil, unless: [.prio3Sum, .prio3SumVec])
        try refuse("--length", length != nil, unless: [.prio3SumVec, .prio3Histogram, .prio3Multihot])
        try refuse("--max-weight", maxWeight != nil, unless: [.prio3Multihot])
        try refuse("--chunk-length", chunkLength != nil, unless: [.prio3SumVec, .prio3Histogram, .prio3Multihot])
        guard bits != 0 else { throw ValidationError("--bits is at least 1") }
        guard max != 0 else { throw ValidationError("--max is at least 1") }
        guard length != 0 else { throw ValidationError("--length is at least 1") }
        guard chunkLength != 0 else { throw ValidationError("--chunk-length is at least 1") }
        if let encoding, StringEncodings.named(encoding) == nil {
            let known = StringEncodings.all.map(\.name).joined(separator: ", ")
            throw ValidationError("--encoding \(encoding) is unknown; there are: \(known)")
        }
        if let bits, let encoding = encodingName.flatMap(StringEncodings.named) {
            do throws(StringEncodingError) {
                try encoding.check(bits: Int(bits))
            } catch {
                throw ValidationError("--encoding \(encoding.name): \(error)")
            }
        }
        if let length, let maxWeight, !(1...UInt64(length)).contains(maxWeight) {
            throw ValidationError("--max-weight is 1 to --length, here \(length)")
        }
        let configuration = try configuration()
        let vdaf: any EncodedVdaf
        do throws(VDAFError) {
            vdaf = try configuration.makeVdaf()
        } catch .parameterOutOfRange(let parameter, let allowed) {
            throw ValidationError("\(configuration) cannot be: \(parameter) is to be \(allowed)")
        } catch {
            throw ValidationError("\(configuration) cannot be: \(error)")
        }
        guard vdaf.reportSize <= Self.greatestReport else {
            throw ValidationError(
                "a report of \(configuration) would have \(vdaf.reportSize >> 20) MiB, and the aggregators take at most "
                    + "\(Self.greatestReport >> 20)")
        }
    }

    private func refuse(_ option: String, _ isGiven: Bool, unless names: Set<VdafName>) throws {
        guard isGiven, !names.contains(vdaf) else { return }
        let owners = VdafName.allCases.filter(names.contains).map(\.rawValue).joined(separator: ", ")
        throw ValidationError("\(option) is for \(owners), not for \(vdaf.rawValue)")
    }

    private func required<Value>(_ value: Value?, _ option: String, _ meaning: String) throws -> Value {
        guard let value else { throw ValidationError("\(vdaf.rawValue) needs \(option), \(meaning)") }
        return value
    }

    /// The scheme as the task's configuration has it.
    func configuration() throws -> VdafConfiguration {
        switch vdaf {
        case .poplar1:
            return .poplar1(bits: try required(bits, "--bits", "the longest string in bits"))
        case .prio3Count: return .prio3Count
        case .prio3Sum:
            return .prio3Sum(maxMeasurement: try required(max, "--max", "the greatest number that is taken"))
        case .prio3SumVec:
            let length = try required(length, "--length", "how many numbers a measurement has")
            let max = try required(max, "--max", "the greatest number that is taken")
            return .prio3SumVec(
                length: length, maxMeasurement: max, chunkLength: chunkLength(UInt64(length) * Self.bitLength(max)))
        case .prio3Histogram:
            let length = try required(length, "--length", "how many buckets there are")
            return .prio3Histogram(length: length, chunkLength: chunkLength(UInt64(length)))
        case .prio3Multihot:
            let length = try required(length, "--length", "how many zeros and ones a measurement has")
            let weight = maxWeight ?? UInt64(length)
            return .prio3MultihotCountVec(
                length: length, chunkLength: chunkLength(UInt64(length) + Self.bitLength(weight)), maxWeight: weight)
        }
    }

    private func chunkLength(_ elements: UInt64) -> UInt32 {
        chunkLength ?? VdafConfiguration.chunkLength(forElements: elements)
    }

    private static func bitLength(_ number: UInt64) -> UInt64 { UInt64(64 - number.leadingZeroBitCount) }
}
