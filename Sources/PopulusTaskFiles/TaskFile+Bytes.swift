import PopulusDAP

extension TaskFile {
    /// Reads a role's file from its bytes, for who keeps it elsewhere than on a disk.
    ///
    /// - Parameter name: what it is called in messages.
    package init(reading bytes: some Sequence<UInt8>, as role: Role, name: String) throws(TaskFileError) {
        try self.init(decoding: Array(bytes), path: name)
        do throws(AggregatorURLsError) {
            try checkURLs()
        } catch {
            throw .malformed(path: name, reason: ForeignText.escaped(error.description))
        }
        guard self.role == role else { throw .wrongRole(path: name, expected: role, found: self.role) }
    }
}
