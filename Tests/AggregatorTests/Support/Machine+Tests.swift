import Aggregator
import Foundation
import Logging

extension Machine {
    /// The machine of a test: two threads unless it says otherwise.
    static func forTests(
        _ settings: MachineSettings = .forTests(), clock: any AggregatorClock,
        logger: Logger = Logger(label: "populus.tests")
    ) -> Machine {
        Machine(settings, clock: clock, logger: logger)
    }
}

extension MachineSettings {
    /// - Parameter spillDirectory: where node state goes that finds no room in memory.
    static func forTests(threads: Int = 2, spillDirectory: String? = nil) -> MachineSettings {
        var settings = MachineSettings()
        settings.threads = threads
        settings.spillDirectory = spillDirectory
        return settings
    }
}
