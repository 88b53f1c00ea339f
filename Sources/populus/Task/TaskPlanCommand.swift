import ArgumentParser
import PopulusDAP
import ResultText

/// `populus task plan`: whether there are reports enough, before there is a task.
struct TaskPlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Says what a task of walks would need: reports, votes, bytes and time.",
        usage: """
            populus task plan --clients <number> --popular <share>
                [--epsilon <number>] [--encoding <name>] [<options>]
            """,
        discussion: """
            Compares numbers of steps. Fewer steps need less noise for the same epsilon, so that strings are found that \
            fewer reports hold. But they are longer, and a step of more than the task's bits (--max-bits-per-step, 8 with \
            noise) cannot branch: what is longer than a walk reaches is not found.

            Nothing is made and nothing is sent.
            """)

    @Option(
        help: ArgumentHelp("How many reports a batch would have, such as 100000.", valueName: "number"),
        transform: Form.number("--clients", 1...1_000_000_000_000, such: 100_000))
    var clients: UInt64

    @Option(
        help: ArgumentHelp(
            "The share of the reports that hold a string which is to be found, such as 0.5%.", valueName: "share"),
        transform: Form.share)
    var popular: Share

    @OptionGroup(title: "What a report's sender is promised") var privacy: PrivacyOptions

    @Option(
        help: ArgumentHelp("How strings become bits, as for task new.", valueName: "name"),
        completion: .list(StringForm.choices))
    var encoding = "bytes"

    @Option(
        help: ArgumentHelp(
            "The longest string in bits, as for task new. (default: 256 with url, 64 with hash)", valueName: "number"),
        transform: Form.number("--bits", UInt16(WalkRules.leastBits)...65_535, such: 1024))
    var bits: UInt16?

    @Flag(
        help:
            "Each report has a group beside its string, as for task new. (--bits: 320 with url, 160 with hash unless given)"
    )
    var groups = false

    @Option(
        help: ArgumentHelp("A number of steps to look at beside the usual ones.", valueName: "number"),
        transform: Form.number("--max-steps", 2...UInt16.max, such: 64))
    var maxSteps: UInt16?

    func validate() throws {
        guard popular.partsPerMillion > 0 else {
            throw ValidationError("--popular is above 0%, such as 0.5%")
        }
        _ = try forecast().row(steps: chosenSteps())
    }

    private func form() throws -> StringForm { try StringForm(encoding, bits: bits, grouped: groups) }

    private func forecast() throws -> WalkForecast {
        WalkForecast(clients: clients, popular: popular, form: try form(), promise: privacy.promise)
    }

    /// The steps that are asked about: those that are named, or those of a task that does not say otherwise.
    private func chosenSteps() throws -> UInt16 {
        try maxSteps
            ?? WalkOptions.usualSteps(bits: form().bits, isNoisy: privacy.promise != nil)
    }

    func run() async throws {
        let forecast = try forecast()
        let steps = try chosenSteps()
        let chosen = try forecast.row(steps: steps)
        // What the promise cannot be kept with is no row to choose.
        let others = Set([8, 16, 32, 64, 128].filter { $0 < forecast.form.bits && $0 != steps })
        let rows = others.compactMap { try? forecast.row(steps: $0) } + [chosen]
        let size = try forecast.reportSize()
        let text = ForecastText(forecast: forecast, chosen: chosen, rows: rows.sorted { $0.steps < $1.steps })
        StandardStream.output.write(text.text(reportSize: size.whole, helper: size.helper))
    }
}
