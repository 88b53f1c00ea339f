import PopulusDAP
import PopulusSchemes
import PopulusStringCodec
import PopulusTaskFiles

extension TaskNewCommand {
    /// What to do with the files: the commands of each role.
    func nextSteps(_ files: TaskFileSet) -> String {
        func file(_ role: Role) -> String { ShellWord.quoted("\(directory)/\(role.name).json") }
        func listen(_ url: AggregatorURL, _ port: Int) -> String {
            url.isLoopback ? Self.authority(url) : "127.0.0.1:\(port)"
        }
        return """
            made task \(files.taskID) in \(directory)

            Next, each on its own machine and with its own file; the first two lines once:
              populus store create --store helper.sqlite --task \(file(.helper))
              populus store create --store leader.sqlite --task \(file(.leader))
              populus helper --listen \(listen(helper, 9002)) --store helper.sqlite --task \(file(.helper))
              populus leader --listen \(listen(leader, 9001)) --store leader.sqlite --task \(file(.leader))
            \(proxies)then send reports, \(lineForm(files.configuration.vdaf)):
              populus upload --task \(file(.client))\(scheme.groups ? " --group GROUP" : "") FILE
            and \(collection(file(.collector), files.configuration))

            \(collectorAdvice)

            """
    }

    /// The same where both aggregators serve it already.
    func registeredSteps(_ files: TaskFileSet) -> String {
        func file(_ role: Role) -> String { ShellWord.quoted("\(directory)/\(role.name).json") }
        return """
            made task \(files.taskID) in \(directory); both aggregators serve it

            Send reports, \(lineForm(files.configuration.vdaf)):
              populus upload --task \(file(.client))\(scheme.groups ? " --group GROUP" : "") FILE
            and \(collection(file(.collector), files.configuration))

            \(collectorAdvice)

            """
    }

    /// What stands before servers that others reach: they speak plain HTTP themselves, and so listen on loopback only.
    private var proxies: String {
        let lines = [(helper, 9002), (leader, 9001)].filter { !$0.0.isLoopback }
            .map { "  \($0.text) to http://127.0.0.1:\($1)\($0.path)" }
        guard !lines.isEmpty else { return "" }
        return """
            They speak plain HTTP, on loopback. A proxy on the same machine ends TLS for the world, takes bodies of 36 MiB,
            leaves the path as it is, and passes on
            \(lines.joined(separator: "\n"))

            """
    }

    /// Host and port, as `--listen` takes them.
    private static func authority(_ url: AggregatorURL) -> String {
        (url.host.contains(":") ? "[\(url.host)]" : url.host) + ":\(url.effectivePort)"
    }

    /// Who should have the Collector's file.
    private var collectorAdvice: String {
        let noise =
            privacy.epsilon != nil ? "" : "\nOnly noise (--epsilon) bounds what such a party can read."
        return """
            Let a third party collect, neither the Leader's operator nor the Helper's. An operator who collects as well, the
            Leader's above all, can fill a batch with reports of its own, and the rest of the sum is what others sent.\(noise)
            """
    }

    /// What a line of an upload is.
    func lineForm(_ vdaf: VdafConfiguration) -> String {
        switch vdaf.form {
        case .string(let bits):
            "one string a line" + (scheme.stringEncoding.map { " (\($0.capacity(bits: bits)))" } ?? "")
        case .number(1): "one 0 or 1 a line"
        case .number: "one number a line"
        case .vector: "one vector a line, with commas between its numbers"
        case .bucket: "the number of one bucket a line, counted from 0"
        case .bits: "one vector a line, with commas between its zeros and ones"
        }
    }

    func collection(_ file: String, _ configuration: TaskConfiguration) -> String {
        let interval = batchMode == .timeInterval ? " --since TIME --until TIME" : ""
        // What was just made can be read.
        if let bounds = (try? configuration.walkExtension(.provisional)) ?? nil {
            let threshold = bounds.minThreshold
            // Without a list of strings there are only digits to read.
            let dictionary = scheme.stringEncoding.flatMap(StringEncodings.hashes) != nil ? " --dictionary FILE" : ""
            return "find what at least \(threshold) of them say:\n"
                + "  populus discover --task \(file) --threshold \(threshold)\(interval)\(dictionary) --csv out.csv"
        }
        let candidates = scheme.vdaf.countsStrings ? " --candidates FILE" : ""
        return "see what they add up to:\n  populus collect --task \(file)\(interval)\(candidates)"
    }
}
