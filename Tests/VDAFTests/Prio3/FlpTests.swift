import KnownAnswers
import PopulusVDAF
import Testing

/// Proofs of circuits that no VDAF has: gadgets of degrees one, three and four, called several times, and sums of them.
///
/// The known answers are the specification's reference's, for the same circuits.
@Suite struct FlpTests {
    @Test func degreeThree() throws {
        try check(
            PolyEval<Field64>([0, 2, -3, 1]), length: 4,
            proof: """
                eac706188055591187bc28891067d7d13074fd06aa498e62897bf4593acba003dc7685c44d7b3558000000000000000028\
                7e3e6c2e2c6badee28110c4976783cd525b3e671715b08000000000000000015a12b05357d162974ac074fb980450d6325\
                5aa0a90e2d240000000000000000f68eed3f8e81ba5f45386a48cce58676d0e558c04ef96d440000000000000000064\
                7b6516fabc5eb17c1f124bc6ad8c5ab2e325d79004bb60000000000000000f55200aa67a544fd
                """, verifier: "000000000000000061eb2e90618101d26bb974a1290c2d42")
    }

    @Test func degreeFour() throws {
        try check(
            PolyEval<Field64>([0, -6, 11, -6, 1]), length: 5,
            proof: """
                eac7061880555911f25cc700ba231ad1a276638073e536c6d9fad402e96b587d355781090dfb854700000000000000009b\
                24fe1577c11c9d5dcd6b3155888f90039a465fd646e73f0000000000000000915de2046267ddbe58ca8a40f06ce6298fa5\
                307e5b8b2f1900000000000000003e437c2e98e976c6f7c080988d90b788bc716449b59adceb00000000000000002548692\
                c2271736ca56e017f412ea821088edde08e64de9c000000000000000048d70becdba0004ffa85628486819deaca0ac99ae\
                5575cfe0000000000000000c8c8347fc977c812be397c719f5902b987e9f9b9105a3acb0000000000000000
                """, verifier: "0000000000000000b2ea9e7fead5781d8a7cbfe87cf30768")
    }

    @Test func parallelSumOfDegreeThree() throws {
        try check(
            ParallelSum(PolyEval<Field128>([0, 2, -3, 1]), count: 2), length: 6,
            proof: """
                e5a35a5e624d4190a587038e1c01015b77632d3c3917582cd4257838b1c12941fcc66dba96512cb6af98d2a8b1b9dc960\
                3f55d3ba981c7dbc860177d75627c7e3fa2b11b39efe32caf31adcd25fb14ad4d9cf548e18fe122d5f4992b4eb3867700\
                00000000000000000000000000000079f2074c7b7f20f50ddf847c66cf32e0e35a01c96094fd889d125a2df999c35603b\
                38dc49f7c927faec048ca48bc340500000000000000000000000000000000ea7102bdf95c6660e3cad0531f2d9bc5
                """,
            verifier: """
                00000000000000000000000000000000f73a25790e80512d5341664ebee8363e60d41a57f2d9313c856cdc099b56320b0c\
                08f154439662fb6c126c4740feae0a
                """)
    }

    /// No measurement is valid here, so the verifier does not begin with zero.
    @Test func degreeOne() throws {
        try check(
            PolyEval<Field128>([5, 3]), length: 3,
            proof: """
                e5a35a5e624d4190a587038e1c01015bb3eb0f1b27e8c3b00c970aaa5503031105000000000000000000000000000000080\
                000000000000000000000000000000b000000000000000000000000000000
                """,
            verifier: """
                9f9c99d49b1fc0ade43a3c7079993539b3298ba90868bbbea041d369707f12fc1c7da1fc1938323c1ac5793d517e37f4
                """, isValid: false)
    }

    private func check<G: Gadget>(
        _ gadget: G, length: Int, proof: String, verifier: String, isValid: Bool = true
    ) throws {
        let flp = Flp(EachIsRoot(gadget: gadget, measurementLength: length))
        let measurement = (0..<length).map { G.Field(UInt64($0 % 3)) }
        let proveRand: [G.Field] = numbers(flp.proveRandLength, from: 1000)
        let queryRand: [G.Field] = numbers(flp.queryRandLength, from: 2000)
        let none: [G.Field] = []
        let made = flp.prove(measurement: measurement.span, proveRand: proveRand.span, jointRand: none.span)
        #expect(Hex(made.encode()).string == proof)
        func query(_ measurement: [G.Field], _ proof: [G.Field], shares: UInt64 = 1) throws -> [G.Field] {
            try flp.query(
                measurement: measurement.span, proof: proof.span, queryRand: queryRand.span, jointRand: none.span,
                sharesInverse: G.Field(shares).inverse)
        }
        func accepts(_ measurement: [G.Field], _ proof: [G.Field]) throws -> Bool {
            let verifier = try query(measurement, proof)
            return flp.decide(verifier.span)
        }
        let whole = try query(measurement, made)
        #expect(Hex(whole.encode()).string == verifier)
        #expect(try accepts(measurement, made) == isValid)
        guard isValid else { return }

        // The verifier is linear in the shares.
        let (mask, proofMask): ([G.Field], [G.Field]) = (numbers(length, from: 3000), numbers(made.count, from: 4000))
        let first = try query(mask, proofMask, shares: 2)
        let second = try query(
            zip(measurement, mask).map { $0 - $1 }, zip(made, proofMask).map { $0 - $1 }, shares: 2)
        #expect(zip(first, second).map { $0 + $1 } == whole)

        // A proof that is wrong in any one place does not verify, nor does it for another measurement.
        for i in made.indices {
            var changed = made
            changed[i] += .one
            #expect(try !accepts(measurement, changed), "proof \(i)")
        }
        for i in measurement.indices {
            var changed = measurement
            changed[i] = G.Field(3)
            #expect(try !accepts(changed, made), "measurement \(i)")
        }
    }

    /// The 31st powers of numbers from `first` on.
    private func numbers<F: NTTFriendlyField>(_ count: Int, from first: UInt64) -> [F] {
        (0..<UInt64(count)).map { F(first + $0).power(31) }
    }

    /// A test point at which a wire's value would be disclosed is refused.
    @Test func testPointMayNotBeARoot() throws {
        let flp = Flp(EachIsRoot(gadget: PolyEval<Field64>([0, -1, 1]), measurementLength: 5))
        let measurement: [Field64] = numbers(5, from: 1)
        let proof: [Field64] = numbers(flp.proofLength, from: 1)
        let none: [Field64] = []
        for log in 0...4 {
            let queryRand = [Field64](repeating: .one, count: 5) + [Field64.nthRoot(log: log)]
            func query() throws {
                _ = try flp.query(
                    measurement: measurement.span, proof: proof.span, queryRand: queryRand.span, jointRand: none.span,
                    sharesInverse: .one)
            }
            // Five calls and the seed take eight roots.
            if log <= 3 {
                #expect(throws: VDAFError.verificationFailed) { try query() }
            } else {
                try query()
            }
        }
    }

    @Test func gadgetsCompose() {
        let inputs = (1...12).map { Field64($0) }
        let nested = ParallelSum(ParallelSum(Mul<Field64>(), count: 2), count: 3)
        #expect(nested.arity == 12 && nested.degree == 2)
        let products = nested.eval(inputs.span)
        #expect(products == Field64(1 * 2 + 3 * 4 + 5 * 6 + 7 * 8 + 9 * 10 + 11 * 12))
        let polynomial = PolyEval<Field64>([7, 0, -2, 1])
        #expect(polynomial.arity == 1 && polynomial.degree == 3)
        let numbers = [Field64(5), Field64(1)]
        let value = polynomial.eval(numbers.span.extracting(first: 1))
        #expect(value == Field64(125 - 50 + 7))
        let sum = ParallelSum(polynomial, count: 2)
        let total = sum.eval(numbers.span)
        #expect(total == Field64(82 + 6))
    }
}

/// That the gadget is zero on each group of elements.
private struct EachIsRoot<G: Gadget>: Valid {
    typealias Field = G.Field
    let gadget: G
    let measurementLength: Int

    var gadgetCalls: Int { measurementLength / gadget.arity }
    var jointRandLength: Int { 0 }
    var outputLength: Int { measurementLength }
    var evalOutputLength: Int { gadgetCalls }

    func encode(_ measurement: [UInt64]) throws(VDAFError) -> [Field] { measurement.map { Field($0) } }
    func eval<Caller: GadgetCaller>(
        measurement: Span<Field>, jointRand: Span<Field>, sharesInverse: Field, gadget: inout Caller
    ) -> [Field] where Caller.Field == Field {
        let arity = self.gadget.arity
        return (0..<gadgetCalls).map { gadget.call(measurement.extracting($0 * arity..<($0 + 1) * arity)) }
    }
    func truncate(_ measurement: [Field]) -> [Field] { measurement }
    func decode(_ aggregate: [Field], reportCount: Int) throws(VDAFError) -> [UInt128] { [] }
    func measurement(_ measurement: VdafMeasurement) throws(VDAFError) -> [UInt64] { [] }
}
