import Aggregator
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
                """, valueName: "name"))
    var vdaf: VdafName = .poplar1

    @Option(
        help: ArgumentHelp(
            """
            poplar1, required: the longest string in bits, encoded. 1024 bits take strings of at most 127 bytes. Clients \
            refuse longer ones; each bit costs every report about 65 bytes.
            """, valueName: "number"),
        transform: Form.number("--bits", 1...65_535, such: 1024))
    var bits: UInt16?

    @Option(
        help: ArgumentHelp(
            """
            poplar1: how strings become bits. bytes takes strings of any length up to --bits, 8 bits a byte and 8 for the \
            end; hex takes values of --bits bits each, such as hashes, in hexadecimal digits. (default: bytes)
            """, valueName: "name"),
        completion: .list(StringEncodings.all.map(\.name)))
    var encoding: String?

    @Flag(
        help: """
            poplar1: a plain DAP task. A batch is counted once, for candidates from a file (populus collect); there is \
            no populus discover.
            """)
    var withoutWalk = false

    @Option(
        help: ArgumentHelp(
            "prio3-sum, prio3-sumvec, required: the greatest number that is taken; the least is 0.", valueName: "number"
        ),
        transform: Form.number("--max", 1...UInt64.max, such: 100))
    var max: UInt64?

    @Option(
        help: ArgumentHelp(
            """
            prio3-sumvec, prio3-multihot, prio3-histogram, required: how many numbers a measurement has, or how many \
            buckets there are.
            """,
            valueName: "number"),
        transform: Form.number("--length", 1...UInt32.max, such: 10))
    var length: UInt32?

    @Option(
        help: ArgumentHelp(
            "prio3-multihot: the most ones of a measurement. (default: --length)", valueName: "number"),
        transform: Form.number("--max-weight", 1...UInt64.max, such: 3))
    var maxWeight: UInt64?

    @Option(
        help: ArgumentHelp(
            """
            prio3-sumvec, -histogram, -multihot: how many numbers a step of the proof takes together. (default: one near \
            the square root, which makes reports small)
            """, valueName: "number"),
        transform: Form.number("--chunk-length", 1...UInt32.max, such: 4))
    var chunkLength: UInt32?

    /// The most bytes of a report that the Leader takes.
    private static let greatestReport = AggregatorSettings().greatestReportBytes

    /// Whether the task has walks.
    var hasWalks: Bool { vdaf == .poplar1 && !withoutWalk }

    /// The encoding of strings; nil where there are none, or where it is unknown.
    var stringEncoding: (any StringEncoding)? { encodingName.flatMap(StringEncodings.named) }

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
        if let encoding, StringEncodings.named(encoding) == nil {
            let known = StringEncodings.all.map(\.name).joined(separator: ", ")
            throw ValidationError("--encoding \(encoding) is unknown; there are: \(known)")
        }
        try checkBits()
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
                "a report of \(configuration) would have \(vdaf.reportSize) bytes, and the aggregators take at most "
                    + "\(Self.greatestReport): give \(smaller)")
        }
    }

    /// Refuses paths that no string has, or none that is not empty.
    private func checkBits() throws {
        guard let bits, let encoding = stringEncoding else { return }
        do throws(StringEncodingError) {
            try encoding.check(bits: Int(bits))
        } catch {
            throw ValidationError("--encoding \(encoding.name): \(error)")
        }
        guard bits >= encoding.leastBits else {
            throw ValidationError(
                "--bits \(bits) is too few for --encoding \(encoding.name): no string but the empty one fits; give "
                    + "\(encoding.leastBits) (\(encoding.capacity(bits: encoding.leastBits))) or more, such as 1024 "
                    + "(\(encoding.capacity(bits: 1024)))")
        }
    }

    /// What makes reports smaller.
    private var smaller: String {
        switch vdaf {
        case .poplar1:
            "fewer --bits, at most \(Self.greatestBits)"
        case .prio3Count, .prio3Sum: "a smaller --max"
        case .prio3SumVec: "a smaller --length or --max, or a --chunk-length near the square root of their product"
        case .prio3Histogram, .prio3Multihot: "a smaller --length, or a --chunk-length near its square root"
        }
    }

    /// The most bits, in whole bytes, with which the aggregators take a report.
    private static var greatestBits: Int {
        let all = stride(from: 65_528, to: 8, by: -8)
        return all.first { bits in
            // A number of bits that makes no VDAF is none that could be advised.
            let vdaf = try? VdafConfiguration.poplar1(bits: UInt16(bits)).makeVdaf()
            return vdaf.map { $0.reportSize <= greatestReport } ?? false
        } ?? 8
    }

    /// What the owner should know of the scheme before anybody reports.
    var warnings: [String] {
        guard let bits, bits % 8 != 0, let encoding = stringEncoding, encoding is BytesEncoding else { return [] }
        let (below, above) = (Int(bits) / 8 * 8, Int(bits) / 8 * 8 + 8)
        return [
            "\(bits) bits are no whole bytes: they take \(encoding.capacity(bits: below)), as \(below) do, and larger reports; "
                + "\(above) bits take \(encoding.capacity(bits: above))"
        ]
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
            let meaning = "the longest string in bits: 8 for each byte and 8 for its end, such as 1024 for 127 bytes"
            return .poplar1(bits: try required(bits, "--bits", meaning))
        case .prio3Count: return .prio3Count
        case .prio3Sum:
            let max = try required(max, "--max", "the greatest number that is taken, such as 100")
            return .prio3Sum(maxMeasurement: max)
        case .prio3SumVec:
            let length = try required(length, "--length", "how many numbers a measurement has, such as 10")
            let max = try required(max, "--max", "the greatest number that is taken, such as 255")
            return .prio3SumVec(
                length: length, maxMeasurement: max, chunkLength: chunkLength(UInt64(length) * Self.bitLength(max)))
        case .prio3Histogram:
            let length = try required(length, "--length", "how many buckets there are, such as 10")
            return .prio3Histogram(length: length, chunkLength: chunkLength(UInt64(length)))
        case .prio3Multihot:
            let length = try required(length, "--length", "how many zeros and ones a measurement has, such as 10")
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
