import Testing
import VDAF

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

    @Test func nonCanonicalElementsAreRefused() {
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
