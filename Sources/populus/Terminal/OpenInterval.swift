import ArgumentParser
import Foundation
import PopulusCollector
import PopulusDAP

/// What to do with an interval that is not over.
///
/// A collection closes its interval: reports of it that come later are refused. So nothing is asked before its end.
struct OpenInterval: ParsableArguments {
    @Flag(help: "If the interval is not over, wait until it is.")
    var wait = false

    @Flag(
        help: """
            If the interval is not over, take what lies before now, rounded down to the task's time precision. The rest of \
            the interval stays for a later one.
            """)
    var early = false

    func validate() throws {
        guard !(wait && early) else { throw ValidationError("--wait and --early exclude each other") }
    }

    /// The options as they were given.
    var words: [String] { (wait ? ["--wait"] : []) + (early ? ["--early"] : []) }

    /// What comes of an interval now; times in seconds since the Epoch.
    enum Decision {
        case ask
        case waitUntil(UInt64)
        case cut(at: UInt64)
    }

    /// - Throws: a failure with the time at which the interval ends, if it is not over and no option says what to do.
    func decision(
        on query: Query, _ precision: TimePrecision, now: UInt64 = UInt64(Date().timeIntervalSince1970)
    ) throws(CommandFailure) -> Decision {
        guard case .open(let end, let cut) = IntervalTiming(query, precision: precision, now: now) else { return .ask }
        if wait { return .waitUntil(end) }
        if early, let cut { return .cut(at: cut) }
        let ends = "the interval is not over: it ends at \(Moment.text(end))"
        guard let cut else {
            throw CommandFailure(
                .temporary,
                "\(ends), and no whole \(Seconds(max(1, precision.seconds))) of it has passed; nothing was asked\n"
                    + "run the same command again from then on, or with --wait, which waits until then")
        }
        throw CommandFailure(
            .temporary,
            "\(ends); nothing was asked, since reports of an interval that was collected are refused afterwards\n"
                + "run the same command again from then on, or with --wait (waits until then), or with --early (takes what "
                + "lies before \(Moment.text(cut)); the rest stays for a later one)")
    }

    /// What is told when an interval is cut.
    static func note(cut: UInt64, end: UInt64?) -> String {
        "the batch ends at \(Moment.text(cut)): what lies between then and \(end.map(Moment.text) ?? "the interval's end") "
            + "stays for a later one"
    }
}
