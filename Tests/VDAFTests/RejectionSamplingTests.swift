import PopulusKernels
import PopulusVDAF
import Testing

/// Draws that are not below the modulus come once in 2^32; `samplingLimit` makes them common.
///
/// The oracle evaluates with the XOFs alone, one node and one byte string at a time, as the specification has it.
@Suite struct RejectionSamplingTests {
    @Test(arguments: [Field64.modulus, 1 << 63, 1 << 62, 1 << 60])
    func sharesAreThoseOfTheXofs(limit: UInt64) throws {
        let vdaf = try Poplar1(bits: 12, samplingLimit: limit)
        var stream = try TestStream("rejection")
        let run = try TestRun(vdaf: vdaf, measurements: [stream.prefix(bits: 12)])
        let (report, nonce) = (run.reports[0], run.nonces[0])
        for level in 0..<11 {
            let prefixes = Set([
                run.measurements[0].ancestor(level: level), stream.prefix(bits: level + 1),
                stream.prefix(bits: level + 1),
            ]).sorted()
            let parameter = try Poplar1AggregationParameter(level: level, prefixes: prefixes)
            for id in 0..<2 {
                let oracle = Oracle(limit: limit, ctx: run.ctx, nonce: nonce, report: report, id: id)
                let values = try prefixes.map { try oracle.value(at: $0) }
                let (state, share) = try run.verifyInit(report, nonce: nonce, aggregatorID: id, parameter)
                #expect(state.outputShare == .inner(values.map { $0[0] }), "level \(level)")
                #expect(
                    try share == .inner(oracle.sketch(values, level: level, verifyKey: run.verifyKey)),
                    "level \(level)")
            }
        }
    }

    private struct Oracle {
        let limit: UInt64
        let ctx: [UInt8]
        let nonce: [UInt8]
        let report: Poplar1Report
        let id: Int

        func value(at prefix: Prefix) throws -> [Field64] {
            var (seed, control) = (report.inputShares[id].idpfKey.bytes, id == 1)
            var value: [Field64] = []
            for level in 0..<prefix.bitCount {
                let bit = prefix.bit(level) ? 1 : 0
                var extend = try XofFixedKeyAes128(seed: seed, dst: tag(.idpf, 0, 0), binder: nonce)
                var child = [extend.next(16), extend.next(16)][bit]
                var childControl = child[0] & 1 == 1
                child[0] &= 0xfe
                if control {
                    child = zip(child, report.publicShare.seeds[level].bytes).map { $0 ^ $1 }
                    childControl = childControl != (report.publicShare.controlBits[level] >> UInt8(bit) & 1 == 1)
                }
                var convert = try XofFixedKeyAes128(seed: child, dst: tag(.idpf, 0, 1), binder: nonce)
                seed = convert.next(16)
                value = convert.nextVec(Field64.self, count: 2) { $0.value < limit }
                control = childControl
                if control {
                    value[0] += report.publicShare.inner[level].data
                    value[1] += report.publicShare.inner[level].authenticator
                }
            }
            return id == 0 ? value : value.map { -$0 }
        }

        func sketch(_ values: [[Field64]], level: Int, verifyKey: [UInt8]) throws -> [Field64] {
            var correlated = try XofTurboShake128(
                seed: report.inputShares[id].correlatedSeed, dst: tag(.vdaf, 6, 2), binder: [UInt8(id)] + nonce)
            var sketch = Array(
                correlated.nextVec(Field64.self, count: 3 * level + 3) { $0.value < limit }.suffix(3))
            var verify = try XofTurboShake128(
                seed: verifyKey, dst: tag(.vdaf, 6, 4), binder: nonce + [0, UInt8(level)])
            let randomness = verify.nextVec(Field64.self, count: values.count) { $0.value < limit }
            for (value, r) in zip(values, randomness) {
                sketch[0] += value[0] * r
                sketch[1] += value[0] * r * r
                sketch[2] += value[1] * r
            }
            return sketch
        }

        private func tag(
            _ algorithmClass: VDAFSpecification.AlgorithmClass, _ algorithm: UInt32, _ usage: UInt16
        ) -> [UInt8] {
            VDAFSpecification.domainSeparationTag(algorithmClass, algorithm: algorithm, usage: usage, ctx: ctx)
        }
    }

    /// Of a stream with many encodings that are no elements, those that are, drawn in bulk as one by one.
    @Test func bulkDrawsMatchSingleOnes() throws {
        for count in [0, 1, 2, 3, 20, 21, 22, 100] {
            for redrawn in [[], [0], [count - 1], [0, 1, 2], [1, 3, 20, 21], Array(0..<30)] {
                try check(Field64.self, count: count, redrawn: redrawn)
                try check(Field128.self, count: count, redrawn: redrawn)
            }
        }
    }

    private func check<F: NTTFriendlyField>(_: F.Type, count: Int, redrawn: [Int]) throws {
        var (bulk, single) = (ScriptedXof(), ScriptedXof())
        bulk.highBytes = (Set(redrawn), F.encodedSize)
        single.highBytes = bulk.highBytes
        let elements = bulk.nextElements(F.self, count: count)
        #expect(elements == single.nextVec(F.self, count: count), "\(count), \(redrawn)")
        #expect(bulk.position == single.position)
    }

    /// A counter, except that some encodings have all bits set, which is above every modulus.
    private struct ScriptedXof: Xof {
        static let seedSize = 0
        var position = 0
        var highBytes: (encodings: Set<Int>, size: Int) = ([], 1)

        init() {}
        init(seed: Span<UInt8>, dst: [UInt8], binder: [UInt8]) throws(VDAFError) {}

        mutating func next(into output: inout MutableSpan<UInt8>) {
            for i in output.indices {
                let isHigh = highBytes.encodings.contains(position / highBytes.size)
                output[i] = isHigh ? 0xff : UInt8(truncatingIfNeeded: position &* 7)
                position += 1
            }
        }
    }
}
