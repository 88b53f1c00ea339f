import PopulusDAP
import ResultText

/// A forecast as `task plan` prints it.
struct ForecastText {
    let forecast: WalkForecast
    /// The row that is asked about.
    let chosen: WalkForecast.Row
    /// All of them, the one that is asked about among them.
    let rows: [WalkForecast.Row]

    func text(reportSize: Int, helper: Int) -> String {
        """
        \(head)

        \(table)

        \(answer)

        A report has about \(reportSize) bytes with both shares; the Leader passes \(helper) of them on to the Helper.
        The time is an estimate, on \(WalkTime.machine),
        where strings have all \(forecast.form.bits) bits and \(strings).

        """
    }

    private var head: String {
        let encoding = "\(forecast.form.encoding.name), \(forecast.form.bits) bits"
        let privacy =
            forecast.promise.map {
                "epsilon \(PrivacyWords.epsilon($0.epsilon)), delta \(PrivacyWords.delta($0.delta)) for each report"
            } ?? "exact counts"
        return "\(counted(forecast.clients, "report")), \(encoding), \(privacy).\n"
            + "A string that \(forecast.popular) of them hold has \(counted(forecast.votes, "vote"))."
    }

    private var strings: String { "\(forecast.strings) of them are so popular" }

    // MARK: The table

    private var table: String {
        let cells = [header] + rows.map(cells)
        let widths = header.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            zip(row, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    private var isNoisy: Bool { forecast.promise != nil }

    private var header: [String] {
        isNoisy
            ? ["steps", "bits reached", "sigma", "a count is off by", "least threshold", "reports needed", "time"]
            : ["steps", "bits reached", "time"]
    }

    private func cells(_ row: WalkForecast.Row) -> [String] {
        let mark = row.steps == chosen.steps && rows.count > 1 ? "* " : ""
        let noise =
            row.noisy.map {
                [
                    PrivacyWords.number($0.noise.leaf.sigma), PrivacyWords.number($0.noise.leafDeviation),
                    "\($0.leastThreshold)", "\(row.reportsNeeded)",
                ]
            } ?? []
        return ["\(mark)\(row.steps)", "\(row.reach)"] + noise + [row.time.text]
    }

    // MARK: The answer

    private var answer: String {
        let steps = "With --max-steps \(chosen.steps)\(rows.count > 1 ? " (*)" : "")"
        let short =
            chosen.reach < forecast.form.bits
            ? "\nStrings of more than \(chosen.reach) bits are not found: take more steps, or longer ones\n(--max-bits-per-step)."
            : ""
        guard let noisy = chosen.noisy else {
            return
                "Counts are exact: any threshold finds it that is at most \(counted(forecast.votes, "vote")), and nothing "
                + "bounds what\ncounts tell of a single report (--epsilon does)." + short
        }
        let least = "the least sensible threshold is \(counted(noisy.leastThreshold, "vote"))"
        guard chosen.reportsNeeded > forecast.clients else {
            return "\(steps) it is found: \(least),\nwhich it has from \(counted(chosen.reportsNeeded, "report")) on."
                + short
        }
        return "\(steps) it is not found: \(least),\nwhich it has from \(counted(chosen.reportsNeeded, "report")) on."
            + "\nGather more reports, or take fewer steps or a greater --epsilon; or look for\nstrings that more hold."
            + short
    }
}
