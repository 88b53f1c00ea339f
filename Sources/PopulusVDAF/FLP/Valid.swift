/// A validity circuit, with the encoding of measurements that it checks.
///
/// Every circuit of the specification calls one gadget, several times; that is all that is supported here.
///
/// Spec: VDAF §7.3.2.
package protocol Valid: Sendable {
    associatedtype Field: NTTFriendlyField
    associatedtype CircuitGadget: Gadget where CircuitGadget.Field == Field
    associatedtype Measurement: Sendable
    associatedtype AggregateResult: Sendable

    var gadget: CircuitGadget { get }
    /// How often `eval` calls the gadget, at least once.
    var gadgetCalls: Int { get }
    /// Elements of an encoded measurement.
    var measurementLength: Int { get }
    /// Elements of joint randomness that `eval` takes.
    var jointRandLength: Int { get }
    /// Elements of an output share.
    var outputLength: Int { get }
    /// Elements that `eval` gives, all zero for a valid measurement.
    var evalOutputLength: Int { get }

    /// Constant-time in the measurement, once it is found to be in range.
    ///
    /// - Throws: `.measurementOutOfRange`.
    func encode(_ measurement: Measurement) throws(VDAFError) -> [Field]

    /// Runs the circuit on an encoded measurement or a share of one.
    ///
    /// - Parameter sharesInverse: The inverse of the number of shares.
    func eval<Caller: GadgetCaller>(
        measurement: Span<Field>, jointRand: Span<Field>, sharesInverse: Field, gadget: inout Caller
    ) -> [Field] where Caller.Field == Field

    /// What is aggregated of an encoded measurement, or of a share of one.
    func truncate(_ measurement: [Field]) -> [Field]

    /// The result of `reportCount` reports.
    ///
    /// - Throws: `.verificationFailed` for sums that so many valid reports cannot have.
    func decode(_ aggregate: [Field], reportCount: Int) throws(VDAFError) -> AggregateResult

    /// - Throws: `.measurementOutOfRange`.
    func measurement(_ measurement: VdafMeasurement) throws(VDAFError) -> Measurement
    func result(_ result: AggregateResult) -> VdafResult
}

extension Valid where AggregateResult == UInt128 {
    package func result(_ result: UInt128) -> VdafResult { .number(result) }
}

extension Valid where AggregateResult == [UInt128] {
    package func result(_ result: [UInt128]) -> VdafResult { .vector(result) }
}

extension Valid {
    /// The elements as integers, none above `reportCount` times `maximum`.
    func integers(_ elements: [Field], reportCount: Int, maximum: UInt64) throws(VDAFError) -> [UInt128] {
        guard elements.count == outputLength, let count = UInt64(exactly: reportCount) else {
            throw .wrongElementCount
        }
        let bound = UInt128(count) * UInt128(maximum)
        var integers: [UInt128] = []
        integers.reserveCapacity(elements.count)
        for element in elements {
            let value = element.wideValue
            guard value <= bound else { throw .verificationFailed }
            integers.append(value)
        }
        return integers
    }
}

extension NTTFriendlyField {
    /// The element as an integer.
    var wideValue: UInt128 { [self].encode().reversed().reduce(0) { $0 << 8 | UInt128($1) } }
}

/// What a task file may ask of a circuit, so that no parameter makes a party allocate without bounds.
enum CircuitLimits {
    /// Elements of an encoded measurement.
    static let measurementLength = 1 << 20
    static let chunkLength = 1 << 18
    /// Elements of all proofs together.
    static let proofsLength = 1 << 20

    static func check(length: Int) throws(VDAFError) {
        guard (1...measurementLength).contains(length) else {
            throw .parameterOutOfRange("length", allowed: "1 to \(measurementLength)")
        }
    }

    static func check(chunkLength: Int) throws(VDAFError) {
        guard (1...Self.chunkLength).contains(chunkLength) else {
            throw .parameterOutOfRange("chunk length", allowed: "1 to \(Self.chunkLength)")
        }
    }
}
