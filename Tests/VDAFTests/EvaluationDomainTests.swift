import PopulusVDAF
import Testing

/// The polynomial tools against schoolbook arithmetic on coefficients.
@Suite struct EvaluationDomainTests {
    @Test(arguments: 0...7) func transformsMatchSchoolbook(logCount: Int) throws {
        var stream = try TestStream("transforms \(logCount)")
        checkTransforms(Field64.self, logCount) { stream.field64() }
        checkTransforms(Field128.self, logCount) { stream.field128() }
    }

    private func checkTransforms<F: NTTFriendlyField>(_: F.Type, _ logCount: Int, _ draw: () -> F) {
        let domain = EvaluationDomain<F>(logCount: logCount)
        let count = 1 << logCount
        #expect(domain.count == count && domain.inverseCount * F(UInt64(count)) == .one)
        #expect(domain.roots == (0..<count).map { F.nthRoot(log: logCount).power(UInt128($0)) })
        for coefficients in [(0..<count).map { _ in draw() }, Array(repeating: -F.one, count: count)] {
            var values = coefficients
            domain.ntt(&values)
            #expect(values == domain.roots.map { horner(coefficients, $0) })

            let halfRoot = F.nthRoot(log: logCount + 1)
            let doubled = domain.doubleEvaluations(values)
            #expect(doubled == (0..<2 * count).map { horner(coefficients, halfRoot.power(UInt128($0))) })

            domain.inverseNTT(&values)
            #expect(values == coefficients)
        }

        // Several polynomials in rows are as each by itself.
        for width in [0, 1, 2, 3, 5] {
            let columns = (0..<width).map { _ in (0..<count).map { _ in draw() } }
            let doubled = columns.map { domain.doubleEvaluations($0) }
            let rows = (0..<count).flatMap { i in columns.map { $0[i] } }
            #expect(
                domain.doubleEvaluations(rows, width: width) == (0..<2 * count).flatMap { i in doubled.map { $0[i] } })
        }
    }

    @Test(arguments: 0...6) func interpolationMatchesSchoolbook(logCount: Int) throws {
        var stream = try TestStream("interpolation \(logCount)")
        checkInterpolation(Field64.self, logCount) { stream.field64() }
        checkInterpolation(Field128.self, logCount) { stream.field128() }
    }

    private func checkInterpolation<F: NTTFriendlyField>(_: F.Type, _ logCount: Int, _ draw: () -> F) {
        let domain = EvaluationDomain<F>(logCount: logCount)
        for known in Set([1, domain.count / 2 + 1, domain.count - 2, domain.count - 1, domain.count])
        where known >= 1 && known <= domain.count {
            let coefficients = (0..<known).map { _ in draw() }
            let all = domain.roots.map { horner(coefficients, $0) }
            var values = Array(all.prefix(known))
            domain.extend(&values)
            #expect(values == all, "\(known) of \(domain.count)")

            for point in [draw(), F.zero, -F.one, domain.roots[domain.count - 1]] {
                let weights = domain.weights(at: point)
                #expect(weights.evaluate(all.span) == horner(coefficients, point))
                #expect(weights.pointPower == point.power(UInt128(domain.count)))
                let padded = all.prefix(known) + Array(repeating: F.zero, count: domain.count - known)
                #expect(
                    domain.evaluate([all, Array(all.prefix(known))], at: point)
                        == [horner(coefficients, point), weights.evaluate(Array(padded).span)])
            }
        }
    }

    @Test func smallestDomain() {
        for (count, log) in [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (64, 6), (65, 7)] {
            #expect(EvaluationDomain<Field64>(atLeast: count).logCount == log)
        }
    }

    /// Sums of products, whose carries the largest elements exercise.
    @Test func dotProducts() throws {
        var stream = try TestStream("dot")
        checkDots(Field64.self) { stream.field64() }
        checkDots(Field128.self) { stream.field128() }
    }

    private func checkDots<F: NTTFriendlyField>(_: F.Type, _ draw: () -> F) {
        for count in [0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 100] {
            let (a, b) = ((0..<count).map { _ in draw() }, (0..<count).map { _ in draw() })
            #expect(F.dot(a.span, b.span) == zip(a, b).reduce(.zero) { $0 + $1.0 * $1.1 })
            let large = Array(repeating: -F.one, count: count)
            #expect(F.dot(large.span, large.span) == F(UInt64(count)))

            let pairs = zip(a, b).flatMap { [$0, $1] }
            #expect(F.dotPairs(pairs.span) == F.dot(a.span, b.span))
            #expect(F.dotPairs((large + large).span) == F(UInt64(count)))
        }
    }

    @Test func sumsOfProducts() throws {
        var stream = try TestStream("sums")
        checkSums((0..<200).map { _ in stream.field64() })
        checkSums((0..<200).map { _ in stream.field128() })
    }

    private func checkSums<F: NTTFriendlyField>(_ drawn: [F]) {
        var draws = 0
        for count in [0, 1, 2, 3, 4, 5, 8, 9, 31] {
            for isLarge in [false, true] {
                let next = {
                    draws += 1
                    return isLarge ? -F.one : drawn[draws % drawn.count]
                }
                var sums = ProductSums<F>(count: 2 * count)
                var expected = [F](repeating: .zero, count: 2 * count)
                // Few elements leave the other sums as they are.
                for length in [count, count / 2, count, count] {
                    let (coefficient, base) = (next(), next())
                    let elements = (0..<length).map { _ in next() }
                    sums.add(coefficient, times: elements.span)
                    sums.addBitChecks(coefficient, base: base, times: elements.span)
                    for j in 0..<length {
                        expected[j] += coefficient * elements[j]
                        expected[2 * j] += coefficient * base.power(UInt128(j + 1)) * elements[j]
                        expected[2 * j + 1] += coefficient * elements[j]
                    }
                }
                #expect(sums.reduced == expected, "\(count)")
            }
        }
    }

    @Test func encodingMatchesOneByOne() throws {
        var stream = try TestStream("encoding")
        checkEncoding([.zero, -.one, .one] + (0..<9).map { _ in stream.field64() })
        checkEncoding([.zero, -.one, .one] + (0..<9).map { _ in stream.field128() })
    }

    private func checkEncoding<F: NTTFriendlyField>(_ elements: [F]) {
        var bytes: [UInt8] = []
        F.kernels.encode(elements.span) { piece in for index in piece.indices { bytes.append(piece[index]) } }
        var single = [UInt8](repeating: 2, count: bytes.count)
        var span = single.mutableSpan
        for (i, element) in elements.enumerated() { element.store(into: &span, at: i * F.encodedSize) }
        #expect(bytes == single && bytes == elements.encode())
    }

    private func horner<F: NTTFriendlyField>(_ coefficients: [F], _ point: F) -> F {
        coefficients.reversed().reduce(.zero) { $0 * point + $1 }
    }
}
