import PopulusVDAF
import Testing

@Suite struct FieldTests {
    private static let edges64: [UInt64] = [
        0, 1, 2, 0xffff_fffe, 0xffff_ffff, 0x1_0000_0000, 0x1_0000_0001, 1 << 63, 0xffff_fffe_ffff_ffff,
        0xffff_ffff_0000_0000, 0xffff_fffe_0000_0001,
    ]

    @Test func field64MatchesWideArithmetic() throws {
        var stream = try TestStream("field64")
        let p = UInt128(Field64.modulus)
        let values = Self.edges64 + (0..<40).map { _ in stream.field64().value }
        for a in values {
            for b in values {
                let (x, y) = (Field64(a), Field64(b))
                #expect((x + y).value == UInt64((UInt128(a) + UInt128(b)) % p))
                #expect((x - y).value == UInt64((UInt128(a) + p - UInt128(b)) % p))
                #expect((x * y).value == UInt64(UInt128(a) * UInt128(b) % p))
            }
        }
        #expect(Field64(Field64.modulus) == .zero)
        #expect(Field64(.max).value == .max - Field64.modulus)
        #expect(-Field64.zero == .zero && -Field64.one + .one == .zero)
    }

    /// Products by doubling and adding, sums by their inverses; edges around 0, p and the limbs.
    @Test func field255MatchesSlowArithmetic() throws {
        var stream = try TestStream("field255")
        let minusOne = Field255.zero - .one
        var values = [Field255.zero, .one, minusOne, minusOne - .one, Field255(.max), Field255(19), -Field255(19)]
        for shift in [64, 128, 192, 254] {
            let power = (0..<shift).reduce(Field255.one) { x, _ in x + x }
            values += [power, power - .one, -power]
        }
        values += (0..<6).map { _ in stream.field255() }
        for a in values {
            #expect(a + (-a) == .zero)
            for b in values {
                #expect((a + b) - b == a)
                #expect(a * b == slowProduct(a, b))
                #expect(isCanonical(a + b) && isCanonical(a - b) && isCanonical(a * b))
            }
        }
        #expect(minusOne * minusOne == .one)
        #expect([minusOne].encode() == [0xec] + [UInt8](repeating: 0xff, count: 30) + [0x7f])
    }

    /// Products by doubling and adding in plain integers, around 0, p, the limbs and the Montgomery constants.
    @Test func field128MatchesWideArithmetic() throws {
        var stream = try TestStream("field128")
        let p = Field128.modulus
        var values: [UInt128] = [0, 1, 2, 28, UInt128(UInt64.max), 1 << 64, 1 << 66, 1 << 127, 0 &- p, p / 2]
        values += [p - 1, p - 2, p - 28, p - (1 << 64), p - (1 << 66), p - (1 << 127)]
        values += (0..<20).map { _ in stream.field128().value }
        for a in values {
            let x = Field128(canonical: a)
            #expect(x.value == a)
            #expect((-x).value == (a == 0 ? 0 : p - a))
            for b in values {
                let y = Field128(canonical: b)
                #expect((x + y).value == slowSum(a, b, p))
                #expect((x - y).value == slowSum(a, b == 0 ? 0 : p - b, p))
                #expect((x * y).value == slowProduct(a, b, p))
                #expect((x == y) == (a == b))
            }
        }
        #expect(Field128.one.value == 1 && Field128(.max).value == UInt128(UInt64.max))
        #expect(Field128(.max).unsignedValue == .max && Field128(canonical: 1 << 64).unsignedValue == nil)
        #expect((Field128(canonical: p - 1) & .max).value == p - 1 && (Field128(canonical: p - 1) & 0) == .zero)
    }

    @Test func rootsOfUnityAndInverses() throws {
        var stream = try TestStream("roots")
        checkRoots(Field64.self, Field64(7).power(0xffff_ffff), [stream.field64(), Field64(2)])
        checkRoots(Field128.self, Field128(7).power((1 << 62) - 7), [stream.field128(), Field128(2)])
    }

    private func checkRoots<F: NTTFriendlyField>(_ field: F.Type, _ generator: F, _ elements: [F]) {
        #expect(F.generator == generator)
        #expect(F.nthRoot(log: 0) == .one && F.nthRoot(log: 1) == -.one)
        #expect(F.nthRoot(log: F.logGeneratorOrder) == generator)
        for log in 1...F.logGeneratorOrder {
            let root = F.nthRoot(log: log)
            #expect(root * root == F.nthRoot(log: log - 1))
            #expect(root.power(1 << UInt128(log - 1)) == -.one)
            #expect(root.inverse * root == .one)
        }
        for element in elements { #expect(element * element.inverse == .one) }
        #expect(F.zero.inverse == .zero && F.zero.power(0) == .one)
    }

    private func slowSum(_ a: UInt128, _ b: UInt128, _ p: UInt128) -> UInt128 {
        a >= p - b ? a - (p - b) : a + b
    }

    private func slowProduct(_ a: UInt128, _ b: UInt128, _ p: UInt128) -> UInt128 {
        (0..<128).reversed().reduce(0) { sum, bit in
            let doubled = slowSum(sum, sum, p)
            return b >> UInt128(bit) & 1 == 1 ? slowSum(doubled, a, p) : doubled
        }
    }

    @Test func nonCanonicalElementsAreRefused() {
        let p128: [UInt8] = [1] + [UInt8](repeating: 0, count: 7) + [0xe4] + [UInt8](repeating: 0xff, count: 7)
        #expect(Field128(p128.span, at: 0) == nil && Field128(sampling: p128.span, at: 0) == nil)
        let largest = [0] + p128.dropFirst()
        #expect(Field128(largest.span, at: 0)?.value == Field128.modulus - 1)
        #expect([-Field128.one].encode() == largest)
        let p64: [UInt8] = [1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]
        #expect(Field64(p64.span, at: 0) == nil)
        #expect(Field64([0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff].span, at: 0)?.value == Field64.modulus - 1)
        let p255 = [0xed] + [UInt8](repeating: 0xff, count: 30) + [0x7f]
        #expect(Field255(p255.span, at: 0) == nil)
        #expect(Field255(sampling: p255.span, at: 0) == nil)
        let highBit = [5] + [UInt8](repeating: 0, count: 30) + [0x80]
        #expect(Field255(highBit.span, at: 0) == nil)
        #expect(Field255(sampling: highBit.span, at: 0) == Field255(5))
        #expect(throws: VDAFError.nonCanonicalFieldElement) { try [Field64](decoding: (p64 + p64).span) }
        #expect(throws: VDAFError.truncated) { try [Field64](decoding: p64.span.extracting(first: 7)) }
    }

    private func slowProduct(_ a: Field255, _ b: Field255) -> Field255 {
        [b].encode().reversed().reduce(.zero) { sum, byte in
            (0..<8).reversed().reduce(sum) { x, i in x + x + (byte >> UInt8(i) & 1 == 1 ? a : .zero) }
        }
    }

    private func isCanonical(_ element: Field255) -> Bool {
        let encoded = [element].encode()
        return Field255(encoded.span, at: 0) == element
    }
}
