import Foundation

/// What an operator may say of a process's threads, memory and disk.
package struct MachineSettings: Sendable {
    /// Threads for evaluation and decryption.
    package var threads = ProcessInfo.processInfo.activeProcessorCount
    /// Bytes of node state kept in memory from step to step; what does not fit goes to nameless files.
    package var stateMemoryBytes = 512 << 20
    /// Bytes of these files; what does not fit there either is dropped and computed again.
    package var stateDiskBytes = 16 << 30
    /// The folder of these files, which need not exist before the first of them; without one there are none.
    package var spillDirectory: String?
    /// Whether these files are sealed, as those of a sealed store are.
    package var sealsSpills = false
    /// How an operator gives node state more room, in the words of who reads these settings; for the log.
    package var roomAdvice: String?

    package init() {}
}
