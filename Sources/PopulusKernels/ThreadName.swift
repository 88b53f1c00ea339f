import CPopulusKernels

/// The name under which the system lists the calling thread, as `top -H` shows it.
package enum ThreadName {
    /// Runs `body` under a name of at most 15 bytes, and gives the thread its own back.
    ///
    /// Where threads cannot be named nothing but `body` happens.
    package static func with(_ name: String, _ body: () -> Void) {
        var before = [CChar](repeating: 0, count: 16)
        let isNamed = unsafe populus_name_thread(name, &before)
        body()
        guard isNamed else { return }
        var own = [CChar](repeating: 0, count: 16)
        _ = unsafe populus_name_thread(before, &own)
    }
}
