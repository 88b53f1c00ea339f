import ArgumentParser

/// `populus store`: what an aggregator must never forget.
struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store",
        abstract: "Makes an aggregator's store, shows, seals or upgrades one, or goes on after a loss.",
        subcommands: [
            StoreCreateCommand.self, StoreShowCommand.self, StoreRenewCommand.self, StoreMigrateCommand.self,
            StoreSealCommand.self, StoreResealCommand.self,
        ])
}
