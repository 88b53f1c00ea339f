import AggregatorHost
import ArgumentParser
import HTTPServing

/// Several servers of a role on one database: where they reach each other.
extension ServeOptions {
    /// Refuses what no other server could reach, or what another option has.
    func validateInternal() throws {
        guard let internalListen else {
            guard let internalAddress else { return }
            throw ValidationError(
                "--internal-address \(internalAddress) goes with --internal-listen, which says where this server listens for "
                    + "the others")
        }
        guard DatabaseAddress.isMeant(by: store) else {
            throw ValidationError(
                "--internal-listen is for servers that share a database in PostgreSQL: the file \(store) has one server at a "
                    + "time. Leave the option out")
        }
        for (option, other) in [("--listen", listen), ("--admin-listen", adminListen)] {
            guard let other, internalListen.overlaps(other) else { continue }
            throw ValidationError(
                "--internal-listen \(internalListen) needs another port than \(option), which has \(other)")
        }
        let told = internalAddress ?? internalListen
        guard told.isEvery else { return }
        let option = internalAddress == nil ? "--internal-listen" : "--internal-address"
        throw ValidationError(
            "\(option) \(told) does not tell the other servers where this one is: give an address of this machine that they "
                + "reach, such as --internal-address 10.0.0.5:\(told.port)")
    }

    /// What an operator is told who has named an address that only this machine knows.
    var internalWarning: String? {
        guard let told = internalAddress ?? internalListen, told.isOfThisMachine,
            DatabaseAddress(store)?.isElsewhere == true
        else { return nil }
        return
            "servers on other machines do not reach this one at \(told): they wait for it whenever it has what they are asked "
            + "for. Give an address that they reach with --internal-address"
    }
}
