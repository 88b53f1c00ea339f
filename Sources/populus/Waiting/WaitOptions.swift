import ArgumentParser

/// How long `collect` and `discover` wait.
struct WaitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Give up when the aggregators have answered nothing for so long, such as 90s, 10m or 2h: the command ends with \
            code 75 and says how to go on. Nothing is lost. (default: wait as long as it takes)
            """, valueName: "time"),
        transform: Form.seconds)
    var maxWait: Seconds?

    /// The option as it was given.
    var words: [String] { maxWait.map { ["--max-wait", "\($0)"] } ?? [] }

    /// For how long a Leader that has answered once may be away, in seconds.
    var patience: Double { max(60, Double(min(maxWait?.value ?? 0, 1 << 31))) }
}
