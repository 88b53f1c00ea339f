// What the sources of the package use of a system and of the standard library, and what WebAssembly without a system has
// not: as much of it as they need to compile. Embedded Swift has no mirrors, so that nothing is left to hide from them.

/// No value can be looked into.
public protocol CustomReflectable {}

/// Of no value.
public struct Mirror {
    /// Looks into nothing.
    public init<Subject>(_ subject: Subject, children: [Never]) {}
}

let STDERR_FILENO: Int32 = 2

/// There is no environment.
func getenv(_ name: String) -> UnsafePointer<CChar>? { nil }

/// There is nowhere to write to.
func write(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { count }

/// There is no process: the module ends in a trap.
func exit(_ status: Int32) -> Never { fatalError() }
