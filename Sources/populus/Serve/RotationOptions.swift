import AggregatorHost
import ArgumentParser
import PopulusDAP

/// How the keys of tasks that the store keeps come and go.
struct RotationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Replace the HPKE key of each task that the store keeps when it has been in use for so long, such as 90d, at least \
            1m. Of several servers on a database one does it. (default: only by `populus task rotate-key`)
            """, valueName: "time"), transform: Form.seconds)
    var rotateKeys: Seconds?

    @Option(
        help: ArgumentHelp(
            "How long a new key is known to all servers before clients are told of it, at least 10s.", valueName: "time"
        ),
        transform: Form.seconds)
    var keyPending = Seconds(3600)

    @Option(
        help: ArgumentHelp(
            """
            For how long reports may be sealed to a key that clients are not told of any more, at least 2d: a day later it is \
            erased, once no report that is stored here may need it. A Helper does not know for how long reports wait at the \
            Leader: give it longer than that. (default: 30d for a Leader, for ever for a Helper)
            """, valueName: "time"), transform: Form.seconds)
    var keepKeys: Seconds?

    func validate() throws {
        guard keyPending.value >= RotationPolicy.leastPending, keyPending.value <= 30 * 86_400 else {
            throw ValidationError(
                "--key-pending is from \(RotationPolicy.leastPending)s to 30d: servers are to hear of a key first")
        }
        if let rotateKeys, rotateKeys.value < 60 || rotateKeys.value < 2 * keyPending.value {
            throw ValidationError("--rotate-keys is at least 1m, and twice --key-pending, which is \(keyPending)")
        }
        if let keepKeys, keepKeys.value < 2 * 86_400 {
            throw ValidationError("--keep-keys is at least 2d: clients may keep what they were told for half of that")
        }
    }

    func policy(_ role: Role) -> RotationPolicy {
        RotationPolicy(role: role, pending: keyPending.value, period: rotateKeys?.value, keep: keepKeys?.value)
    }
}
