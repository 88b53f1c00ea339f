/// Extends polynomials given at the roots of unity of order `length` to those of order `factor` times that.
///
/// Many polynomials at once, one a column: a row holds the values of all at one node.
///
/// Spec: VDAF §6.1.3.2 (`double_evaluations`), for any factor.
struct WireExtension<Field: NTTFriendlyField>: Sendable {
    /// Rows, a power of two.
    let length: Int
    /// New rows for each row, and one: a power of two.
    let factor: Int
    /// Powers of the root of order `length` and of its inverse, the first half of them.
    private let twiddles: [Field]
    private let inverseTwiddles: [Field]
    /// For each coset but the first, what the coefficients, in bit-reversed order, are multiplied with.
    private let cosetScales: [[Field]]

    init(length: Int, factor: Int) {
        precondition(length > 0 && length & (length - 1) == 0 && factor > 0 && factor & (factor - 1) == 0)
        self.length = length
        self.factor = factor
        let logLength = length.trailingZeroBitCount
        let root = Field.nthRoot(log: logLength)
        twiddles = Self.powers(of: root, count: length / 2, from: .one)
        inverseTwiddles = Self.powers(of: root.inverse, count: length / 2, from: .one)
        let shift = Field.nthRoot(log: logLength + factor.trailingZeroBitCount)
        let scale = Field(UInt64(length)).inverse
        var cosets: [[Field]] = []
        var coset = Field.one
        for _ in 1..<max(factor, 1) {
            coset = coset * shift
            let powers = Self.powers(of: coset, count: length, from: scale)
            cosets.append((0..<length).map { powers[Self.reversed($0, bits: logLength)] })
        }
        cosetScales = cosets
    }

    private static func powers(of base: Field, count: Int, from first: Field) -> [Field] {
        var powers: [Field] = []
        powers.reserveCapacity(count)
        var power = first
        for _ in 0..<count {
            powers.append(power)
            power = power * base
        }
        return powers
    }

    private static func reversed(_ index: Int, bits: Int) -> Int {
        (0..<bits).reduce(0) { $0 << 1 | (index >> $1 & 1) }
    }

    /// Calls `body` with the rows of each further coset: the i-th of `rows` in coset c, from 1 on, is the values at the
    /// power `i * factor + c` of the root of order `length * factor`.
    ///
    /// - Precondition: `rows.count == length * width`.
    func forEachCoset(of rows: [Field], width: Int, _ body: (_ coset: Int, _ rows: Span<Field>) -> Void) {
        precondition(rows.count == length * width)
        guard factor > 1 else { return }
        var coefficients = rows
        interpolate(&coefficients, width: width)
        for coset in 1..<factor {
            var values = coset == factor - 1 ? take(&coefficients) : coefficients
            let scales = cosetScales[coset - 1]
            var span = values.mutableSpan
            for i in 0..<length {
                for j in i * width..<(i + 1) * width { span[j] = span[j] * scales[i] }
            }
            evaluate(&values, width: width)
            body(coset, values.span)
        }
    }

    private func take(_ array: inout [Field]) -> [Field] {
        var taken: [Field] = []
        swap(&taken, &array)
        return taken
    }

    /// `length` times the coefficients, in bit-reversed order, of polynomials given by their values.
    private func interpolate(_ values: inout [Field], width: Int) {
        var rows = values.mutableSpan
        var half = length / 2
        while half > 0 {
            let stride = length / (2 * half)
            for start in Swift.stride(from: 0, to: length, by: 2 * half) {
                for i in 0..<half {
                    let twiddle = inverseTwiddles[i * stride]
                    let (upper, lower) = ((start + i) * width, (start + i + half) * width)
                    for j in 0..<width {
                        let (a, b) = (rows[upper + j], rows[lower + j])
                        rows[upper + j] = a + b
                        rows[lower + j] = (a - b) * twiddle
                    }
                }
            }
            half /= 2
        }
    }

    /// The values of polynomials given by their coefficients in bit-reversed order.
    private func evaluate(_ coefficients: inout [Field], width: Int) {
        var rows = coefficients.mutableSpan
        var half = 1
        while half < length {
            let stride = length / (2 * half)
            for start in Swift.stride(from: 0, to: length, by: 2 * half) {
                for i in 0..<half {
                    let twiddle = twiddles[i * stride]
                    let (upper, lower) = ((start + i) * width, (start + i + half) * width)
                    for j in 0..<width {
                        let (a, b) = (rows[upper + j], rows[lower + j] * twiddle)
                        rows[upper + j] = a + b
                        rows[lower + j] = a - b
                    }
                }
            }
            half *= 2
        }
    }
}
