import PopulusDAP
import PopulusSchemes
import PopulusVDAF

/// What a number of valid reports can add up to.
struct BatchBounds {
    /// The greatest element.
    private let element: UInt128
    /// The least and greatest sum of all elements; nil where nothing is known of it.
    private let total: ClosedRange<UInt128>?

    init(vdaf: VdafConfiguration, reports: UInt64) {
        let reports = UInt128(reports)
        // Two numbers of 64 bits have a product of 128.
        func times(_ greatest: UInt64) -> UInt128 { reports * UInt128(greatest) }
        let sums = vdaf.sums
        element = times(sums.greatestAddend)
        total = sums.addends.map { times($0.lowerBound)...times($0.upperBound) }
    }

    /// Whether so many reports can have this result.
    func allow(_ result: VdafResult) -> Bool {
        let elements: [UInt128] =
            switch result {
            case .number(let number): [number]
            case .vector(let vector): vector
            }
        guard elements.allSatisfy({ $0 <= element }) else { return false }
        guard let total else { return true }
        var sum: UInt128 = 0
        for element in elements {
            let (next, overflow) = sum.addingReportingOverflow(element)
            guard !overflow else { return false }
            sum = next
        }
        return total.contains(sum)
    }

    /// Whether so many reports can have this result with so much noise up or down in each number.
    func allow(_ result: BatchResult, noise: UInt64) -> Bool {
        let (sum, overflow) = element.addingReportingOverflow(UInt128(noise))
        let (least, greatest) = (-Int128(noise), overflow ? .max : Int128(clamping: sum))
        return result.numbers.allSatisfy { (least...greatest).contains($0) }
    }
}
