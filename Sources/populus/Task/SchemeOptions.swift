import Aggregator
import ArgumentParser
import Client
import PopulusDAP
import PopulusSchemes
import PopulusStringCodec
import PopulusVDAF
import PopulusWireCodec

/// A scheme, given by its name.
extension Scheme: ExpressibleByArgument {
    package init?(argument: String) {
        guard let scheme = Schemes.scheme(name: argument) else { return nil }
        self = scheme
    }

    package static var allValueStrings: [String] { Schemes.all.map(\.name) }
    package static var defaultCompletionKind: CompletionKind { .list(allValueStrings) }
    package var defaultValueDescription: String { name }
}

/// What a task measures: the scheme with its parameters.
struct SchemeOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The scheme.",
            discussion: Schemes.all.map(\.help).joined(separator: "; ") + ".", valueName: "name"))
    var vdaf: Scheme = .poplar1

    @Option(
        help: ArgumentHelp(
            """
            \(Schemes.owners(of: .bits)): the longest string in bits, encoded. 1024 bits take strings of at most 127 bytes. Clients \
            refuse longer ones; each bit costs every report about 65 bytes. (default: 256 with --encoding url, 64 with hash)
            """, valueName: "number"),
        transform: Form.number("--bits", 1...65_535, such: 1024))
    var bits: UInt16?

    @Option(
        help: ArgumentHelp(
            """
            poplar1: how strings become bits. bytes takes strings of any length up to --bits, 8 bits a byte and 8 for the \
            end. url takes the same strings, and has far fewer bits for those that look like URLs. hex takes values of \
            --bits bits each, such as identifiers, in hexadecimal digits. hash takes any string and makes a hash of --bits \
            bits (32 to 64) of it, which only a list of known strings turns back (populus discover --dictionary); that is \
            no encryption. (default: bytes)
            """, valueName: "name"),
        completion: .list(StringEncodings.choices))
    var encoding: String?

    @Flag(
        help: """
            poplar1 with walks, not with --encoding hex: each report has a group beside its string, such as a version or a \
            system, which clients give with populus upload --group. A group takes 8 bits a byte and 8 more of --bits. The \
            threshold then holds for a string in a group. (--bits: 320 with url, 160 with hash unless given)
            """)
    var groups = false

    @Flag(
        help: """
            poplar1: a plain DAP task. A batch is counted once, for candidates from a file (populus collect); there is \
            no populus discover.
            """)
    var withoutWalk = false

    @Option(
        help: ArgumentHelp(
            "\(Schemes.owners(of: .maxMeasurement)): the greatest number that is taken; the least is 0.",
            valueName: "number"
        ),
        transform: Form.number("--max", 1...UInt64.max, such: 100))
    var max: UInt64?

    @Option(
        help: ArgumentHelp(
            """
            \(Schemes.owners(of: .length)): how many numbers a measurement has, or how many buckets there are.
            """,
            valueName: "number"),
        transform: Form.number("--length", 1...UInt32.max, such: 10))
    var length: UInt32?

    @Option(
        help: ArgumentHelp(
            "\(Schemes.owners(of: .maxWeight)): the most ones of a measurement. (default: --length)",
            valueName: "number"),
        transform: Form.number("--max-weight", 1...UInt64.max, such: 3))
    var maxWeight: UInt64?

    @Option(
        help: ArgumentHelp(
            """
            \(Schemes.owners(of: .chunkLength)): how many numbers a step of the proof takes together. (default: one near \
            the square root, which makes reports small)
            """, valueName: "number"),
        transform: Form.number("--chunk-length", 1...UInt32.max, such: 4))
    var chunkLength: UInt32?

    /// The most bytes of a report that the Leader takes.
    private static let greatestReport = AggregatorSettings().greatestReportBytes

    /// Whether the task has walks.
    var hasWalks: Bool { vdaf.countsStrings && !withoutWalk }

    /// The encoding of strings; nil where there are none, or where it is unknown.
    ///
    /// What it says of lengths is the same for every task, so it is made for none in particular.
    var stringEncoding: (any StringEncoding)? {
        encodingName.flatMap { StringEncodings.encoding(named: $0, taskID: []) }
    }

    /// The name of the encoding of strings as tasks have it; nil where there are none, or where it is unknown.
    var encodingName: String? { vdaf.countsStrings ? StringEncodings.newestName(of: choice, grouped: groups) : nil }

    /// The encoding as people say it.
    private var choice: String { encoding ?? "bytes" }

    /// The bits of a string, also where the encoding says them; nil where nobody does.
    var stringBits: UInt16? { bits ?? (vdaf.countsStrings ? StringForm.usualBits(of: choice, grouped: groups) : nil) }

    func validate() throws {
        for name in SchemeParameter.Name.allCases {
            try refuse(name.option, value(name) != nil) { $0.parameter(name) != nil }
        }
        try refuse("--encoding", encoding != nil, unless: \.countsStrings)
        try refuse("--without-walk", withoutWalk, unless: \.countsStrings)
        try refuse("--groups", groups, unless: \.countsStrings)
        guard !groups || !withoutWalk else {
            throw ValidationError(
                "--groups and --without-walk exclude each other: walks find groups, a collection asks for "
                    + "candidates")
        }
        // Without a number of bits the scheme says what it needs.
        if encoding != nil || bits != nil || groups, vdaf.countsStrings {
            _ = try StringForm(choice, bits: stringBits ?? 1024, grouped: groups)
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
                "a report of \(configuration) would have \(vdaf.reportSize) bytes, and the aggregators take at most "
                    + "\(Self.greatestReport): give \(smaller)")
        }
    }

    /// What makes reports smaller.
    private var smaller: String {
        let large = vdaf.parameters.filter(\.enlargesReports).map(\.name)
        if large == [.bits] { return "fewer --bits, at most \(Self.greatestBits)" }
        let advice = "a smaller " + large.map(\.option).joined(separator: " or ")
        guard vdaf.parameter(.chunkLength) != nil else { return advice }
        let root = large.count > 1 ? "the square root of their product" : "its square root"
        return "\(advice), or a --chunk-length near \(root)"
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

    private func refuse(_ option: String, _ isGiven: Bool, unless takesIt: (Scheme) -> Bool) throws {
        guard isGiven, !takesIt(vdaf) else { return }
        let owners = Schemes.all.filter(takesIt).map(\.name).joined(separator: ", ")
        throw ValidationError("\(option) is for \(owners), not for \(vdaf.name)")
    }

    /// What is given for a parameter.
    private func value(_ name: SchemeParameter.Name) -> UInt64? {
        switch name {
        case .bits: stringBits.map(UInt64.init)
        case .length: length.map(UInt64.init)
        case .maxMeasurement: max
        case .maxWeight: maxWeight
        case .chunkLength: chunkLength.map(UInt64.init)
        }
    }

    /// The scheme as the task's configuration has it.
    func configuration() throws -> VdafConfiguration {
        var values = SchemeValues()
        for parameter in vdaf.parameters {
            if let value = value(parameter.name) {
                values[parameter.name] = value
            } else if parameter.preset == nil {
                throw ValidationError("\(vdaf.name) needs \(parameter.name.option), \(parameter.meaning)")
            }
        }
        for parameter in vdaf.parameters.reversed() where !values.has(parameter.name) {
            if let preset = parameter.preset { values[parameter.name] = preset(values) }
        }
        return VdafConfiguration(vdaf, values)
    }
}

extension SchemeParameter.Name {
    /// The option that gives it.
    fileprivate var option: String {
        switch self {
        case .bits: "--bits"
        case .length: "--length"
        case .maxMeasurement: "--max"
        case .maxWeight: "--max-weight"
        case .chunkLength: "--chunk-length"
        }
    }
}

extension Schemes {
    /// Which schemes have a parameter, and whether it must be given.
    fileprivate static func owners(of name: SchemeParameter.Name) -> String {
        let owners = all.filter { $0.parameter(name) != nil }
        let isRequired = owners.contains { $0.parameter(name)?.preset == nil }
        return owners.map(\.name).joined(separator: ", ") + (isRequired ? ", required" : "")
    }
}

extension Scheme {
    /// Its name, what it does, and the options that say more of it.
    fileprivate var help: String {
        var options = SchemeParameter.Name.allCases.filter { $0 != .chunkLength && parameter($0) != nil }.map(\.option)
        if countsStrings { options.append("--encoding") }
        return "\(name) \(purpose)" + (options.isEmpty ? "" : " (\(options.joined(separator: ", ")))")
    }
}
