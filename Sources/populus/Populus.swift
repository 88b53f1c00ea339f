import ArgumentParser

@main
struct Populus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Discovers popular strings without seeing anyone's.")
}
