/// Many walks with noise over batches drawn by Zipf's law from one list of strings.
package struct NoisyTrial: Sendable {
    package let task: NoisyTask
    package let table: PathTable
    package let law: ZipfLaw
    /// The reports that are drawn for each walk, beside those that are planted.
    package let reports: Int
    /// How many strings of each batch have exactly the threshold.
    package let planted: Int
    package let seed: UInt64

    package init(task: NoisyTask, table: PathTable, law: ZipfLaw, reports: Int, planted: Int, seed: UInt64) {
        self.task = task
        self.table = table
        self.law = law
        self.reports = reports
        self.planted = planted
        self.seed = seed
    }

    /// What the walks with these numbers show; each has a seed of its own.
    package func tally(walks: Range<Int>, seconds: (_ work: Double) -> Double = { 0.01 + 1e-3 * $0 }) -> NoisyTally {
        var tally = NoisyTally(task)
        for walk in walks {
            var random = SeededGenerator(seed: seed &+ UInt64(walk) &* 0x9e6c_63d0_876a_68ee)
            var counts = law.counts(of: reports, using: &random)
            let rows = plant(in: &counts, using: &random)
            let batch = SimulatedBatch(table, counts: counts)
            tally.add(task.walk(through: batch, seconds: seconds, using: &random), through: batch, planted: rows)
        }
        return tally
    }

    /// Gives strings from the whole list exactly the threshold.
    private func plant(in counts: inout [UInt64], using random: inout SeededGenerator) -> [Int] {
        var rows: Set<Int> = []
        while rows.count < min(planted, table.values.count) {
            rows.insert(Int.random(in: 0..<table.values.count, using: &random))
        }
        var given: Set<Int> = []
        for (place, row) in table.rows.enumerated() {
            guard let row, rows.contains(row) else { continue }
            // A line that comes twice gets it once.
            counts[place] = given.insert(row).inserted ? task.threshold : 0
        }
        return rows.sorted()
    }
}
