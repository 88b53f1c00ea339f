/// A known answer of Poplar1: messages of some reports, and the operations that make them.
///
/// Operations run in order on the file's messages, not on those computed before; only the verification state goes from
/// one operation to the next.
package struct Poplar1Vector: Codable, Hashable, Sendable {
    package struct Operation: Codable, Hashable, Sendable {
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

    package struct Report: Codable, Hashable, Sendable {
        /// Nil in a negative case.
        package var measurement: [Bool]?
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

        package init(measurement: [Bool]?, nonce: Hex, rand: Hex, publicShare: Hex, inputShares: [Hex]) {
            self.measurement = measurement
            self.nonce = nonce
            self.rand = rand
            self.publicShare = publicShare
            self.inputShares = inputShares
        }
    }

    package var bits: Int
    package var shares = 2
    package var verifyKey: Hex
    package var aggregationParameter: Hex
    package var ctx: Hex
    package var operations: [Operation] = []
    package var reports: [Report] = []
    package var aggregateShares: [Hex] = []
    /// Nil in a negative case.
    package var aggregateResult: [Int]?

    package enum CodingKeys: String, CodingKey {
        case bits, shares, ctx, operations, reports
        case verifyKey = "verify_key"
        case aggregationParameter = "agg_param"
        case aggregateShares = "agg_shares"
        case aggregateResult = "agg_result"
    }

    package init(bits: Int, verifyKey: Hex, aggregationParameter: Hex, ctx: Hex) {
        self.bits = bits
        self.verifyKey = verifyKey
        self.aggregationParameter = aggregationParameter
        self.ctx = ctx
    }
}
