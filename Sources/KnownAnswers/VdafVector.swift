import PopulusVDAF

/// A known answer of a VDAF: messages of some reports, and the operations that make them.
///
/// Operations run in order on the file's messages, not on those computed before; only the verification state goes from
/// one operation to the next.
package struct VdafVector: Decodable, Hashable, Sendable {
    package struct Operation: Decodable, Hashable, Sendable {
        package var operation: String
        package var round: Int?
        package var aggregatorID: Int?
        package var reportIndex: Int?
        package var success: Bool

        package enum CodingKeys: String, CodingKey {
            case operation, round, success
            case aggregatorID = "aggregator_id"
            case reportIndex = "report_index"
        }

        package init(
            _ operation: String, report: Int? = nil, round: Int? = nil, aggregator: Int? = nil, success: Bool = true
        ) {
            self.operation = operation
            self.round = round
            aggregatorID = aggregator
            reportIndex = report
            self.success = success
        }
    }

    package struct Report: Decodable, Hashable, Sendable {
        /// Nil in a negative case.
        package var measurement: VectorValue?
        package var nonce: Hex
        package var rand: Hex
        package var publicShare: Hex
        package var inputShares: [Hex]
        /// By round, then by aggregator.
        package var verifierShares: [[Hex]] = []
        /// By round.
        package var verifierMessages: [Hex] = []
        /// By aggregator.
        package var outputShares: [Hex] = []

        package enum CodingKeys: String, CodingKey {
            case measurement, nonce, rand
            case publicShare = "public_share"
            case inputShares = "input_shares"
            case verifierShares = "verifier_shares"
            case verifierMessages = "verifier_messages"
            case outputShares = "out_shares"
        }

        package init(measurement: VectorValue?, nonce: Hex, rand: Hex, publicShare: Hex, inputShares: [Hex]) {
            self.measurement = measurement
            self.nonce = nonce
            self.rand = rand
            self.publicShare = publicShare
            self.inputShares = inputShares
        }
    }

    /// What makes the instance, by the names of `ParameterKeys`.
    package var parameters: [String: Int]
    package var shares: Int
    package var verifyKey: Hex
    package var aggregationParameter: Hex
    package var ctx: Hex
    package var operations: [Operation] = []
    package var reports: [Report] = []
    package var aggregateShares: [Hex] = []
    /// Nil in a negative case.
    package var aggregateResult: VectorValue?

    package enum CodingKeys: String, CodingKey {
        case shares, ctx, operations, reports
        case verifyKey = "verify_key"
        case aggregationParameter = "agg_param"
        case aggregateShares = "agg_shares"
        case aggregateResult = "agg_result"
    }

    /// The names of parameters that any instance has.
    package enum ParameterKeys: String, CodingKey, CaseIterable {
        case bits, length, proofs
        case maxMeasurement = "max_measurement"
        case maxWeight = "max_weight"
        case chunkLength = "chunk_length"
    }

    package init(
        parameters: [String: Int], shares: Int, verifyKey: Hex, aggregationParameter: Hex, ctx: Hex
    ) {
        self.parameters = parameters
        self.shares = shares
        self.verifyKey = verifyKey
        self.aggregationParameter = aggregationParameter
        self.ctx = ctx
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        shares = try container.decode(Int.self, forKey: .shares)
        verifyKey = try container.decode(Hex.self, forKey: .verifyKey)
        aggregationParameter = try container.decode(Hex.self, forKey: .aggregationParameter)
        ctx = try container.decode(Hex.self, forKey: .ctx)
        operations = try container.decode([Operation].self, forKey: .operations)
        reports = try container.decode([Report].self, forKey: .reports)
        aggregateShares = try container.decode([Hex].self, forKey: .aggregateShares)
        aggregateResult = try container.decodeIfPresent(VectorValue.self, forKey: .aggregateResult)
        parameters = [:]
        let named = try decoder.container(keyedBy: ParameterKeys.self)
        for key in ParameterKeys.allCases {
            parameters[key.rawValue] = try named.decodeIfPresent(Int.self, forKey: key)
        }
    }
}

/// A measurement or a result.
package enum VectorValue: Decodable, Hashable, Sendable {
    case number(UInt64)
    case numbers([UInt64])
    case bools([Bool])

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        // The form tells the kind; what has none of the three forms throws at the last.
        if let number = try? container.decode(UInt64.self) {
            self = .number(number)
        } else if let numbers = try? container.decode([UInt64].self) {
            self = .numbers(numbers)
        } else {
            self = .bools(try container.decode([Bool].self))
        }
    }

    /// The measurement, of bits for Poplar1.
    package func measurement(ofBits: Bool) -> VdafMeasurement {
        switch self {
        case .number(let number): .integer(number)
        case .numbers(let numbers): .vector(numbers)
        case .bools(let bools): ofBits ? .bits(Prefix(bits: bools)) : .vector(bools.map { $0 ? 1 : 0 })
        }
    }

    package init(_ result: VdafResult) {
        switch result {
        case .number(let number): self = .number(UInt64(clamping: number))
        case .vector(let numbers): self = .numbers(numbers.map { UInt64(clamping: $0) })
        }
    }
}
