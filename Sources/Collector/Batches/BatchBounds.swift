import DAP
import VDAF

/// What a number of valid reports can add up to.
struct BatchBounds {
    /// The greatest element.
    private let element: UInt128?
    /// The least and greatest sum of all elements; nil where nothing is known of it.
    private let total: ClosedRange<UInt128>?
    /// Whether a sum could exceed the field.
    let mayWrap: Bool

    /// The moduli of the fields.
    ///
    /// Spec: VDAF §6.1.4
    private static let field64: UInt128 = 0xFFFF_FFFF_0000_0001
    private static let field128: UInt128 = (4_611_686_018_427_387_897 << 66) + 1

    init(vdaf: VdafConfiguration, reports: UInt64) {
        let reports = UInt128(reports)
        // Two numbers of 64 bits have a product of 128.
        func times(_ greatest: UInt64) -> UInt128 { reports * UInt128(greatest) }
        let (greatest, modulus): (UInt128, UInt128) =
            switch vdaf {
            case .prio3Count: (reports, Self.field64)
            case .prio3Sum(let maximum): (times(maximum), Self.field64)
            case .prio3SumVec(_, let maximum, _): (times(maximum), Self.field128)
            case .prio3Histogram, .prio3MultihotCountVec: (reports, Self.field128)
            case .poplar1: (reports, Self.field64)
            }
        mayWrap = greatest >= modulus
        element = mayWrap ? nil : greatest
        total =
            switch vdaf {
            case .prio3Count, .prio3Sum, .prio3SumVec: nil
            // Each report is in one bucket.
            case .prio3Histogram: reports...reports
            case .prio3MultihotCountVec(_, _, let maxWeight): 0...times(maxWeight)
            // A report begins with one candidate at most.
            case .poplar1: 0...reports
            }
    }

    /// Whether so many reports can have this result.
    func allow(_ result: VdafResult) -> Bool {
        let elements: [UInt128] =
            switch result {
            case .number(let number): [number]
            case .vector(let vector): vector
            }
        guard element.map({ greatest in elements.allSatisfy { $0 <= greatest } }) ?? true else { return false }
        guard let total else { return true }
        var sum: UInt128 = 0
        for element in elements {
            let (next, overflow) = sum.addingReportingOverflow(element)
            guard !overflow else { return false }
            sum = next
        }
        return total.contains(sum)
    }
}
