import PopulusDAP
import PopulusSchemes
import Testing

/// How far the replacement of one measurement moves a sum: over all pairs of measurements of small parameters.
@Suite struct SensitivityTests {
    private func greatest(_ measurements: [[Int]]) -> Double {
        var greatest = 0
        for one in measurements {
            for other in measurements {
                greatest = max(greatest, zip(one, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) })
            }
        }
        return Double(greatest)
    }

    /// All vectors of so many numbers from 0.
    private func vectors(_ length: Int, upTo maximum: Int) -> [[Int]] {
        (0..<length).reduce([[]]) { vectors, _ in vectors.flatMap { vector in (0...maximum).map { vector + [$0] } } }
    }

    @Test func numbers() {
        #expect(VdafConfiguration.prio3Count.squaredSensitivity == greatest(vectors(1, upTo: 1)))
        for maximum in 1...6 {
            #expect(
                VdafConfiguration.prio3Sum(maxMeasurement: UInt64(maximum)).squaredSensitivity
                    == greatest(vectors(1, upTo: maximum)))
        }
        #expect(VdafConfiguration.prio3Sum(maxMeasurement: 1 << 40).squaredSensitivity == 0x1p80)
    }

    @Test func vectorsOfNumbers() {
        for length in 1...3 {
            for maximum in 1...3 {
                let vdaf = VdafConfiguration.prio3SumVec(
                    length: UInt32(length), maxMeasurement: UInt64(maximum), chunkLength: 1)
                #expect(vdaf.squaredSensitivity == greatest(vectors(length, upTo: maximum)))
            }
        }
    }

    @Test func bucketsAndBits() {
        for length in 2...5 {
            let buckets = vectors(length, upTo: 1).filter { $0.reduce(0, +) == 1 }
            #expect(
                VdafConfiguration.prio3Histogram(length: UInt32(length), chunkLength: 1).squaredSensitivity
                    == greatest(buckets))
            for weight in 1...length {
                let vdaf = VdafConfiguration.prio3MultihotCountVec(
                    length: UInt32(length), chunkLength: 1, maxWeight: UInt64(weight))
                let sets = vectors(length, upTo: 1).filter { $0.reduce(0, +) <= weight }
                #expect(vdaf.squaredSensitivity == greatest(sets), "\(weight) of \(length)")
            }
        }
    }

    /// A report counts for one of the candidates, or for none.
    @Test func strings() {
        let votes = vectors(4, upTo: 1).filter { $0.reduce(0, +) <= 1 }
        #expect(VdafConfiguration.poplar1(bits: 8).squaredSensitivity == greatest(votes))
    }
}
