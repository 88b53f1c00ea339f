import PopulusCollector
import PopulusDAP

extension DiscoveryOptions {
    /// The options as they are written on the command line.
    var commandLine: String {
        var words = "--threshold \(threshold) --bits-per-step \(bitsPerStep)"
        if let since { words += " --since \(Time.text(secondsSinceEpoch: since))" }
        if let until { words += " --until \(Time.text(secondsSinceEpoch: until))" }
        return words
    }
}
