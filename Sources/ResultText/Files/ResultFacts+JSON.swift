import PopulusCollector
import PopulusDAP

extension ResultFacts {
    /// The format of results in JSON, and of the files beside CSV files.
    package static let format = "populus-result/1"

    /// How every such file begins, by which it is recognised, also one of another version.
    package static let beginning = Array("{\"format\":\"populus-result/".utf8)

    /// The members of a result's JSON, those of `command` behind its own name.
    func members(command: String) -> [(name: String, value: String)] {
        var members = [
            ("format", JSONText.string(Self.format)), ("command", JSONText.string(command)),
            ("version", JSONText.string(version)), ("task", JSONText.string(task.base64URL)),
            ("vdaf", JSONText.string(vdaf)), ("batch_mode", JSONText.string(batchMode.name)),
        ]
        if let asked { members.append(("asked", JSONText.interval(asked.start, asked.end))) }
        if let interval { members.append(("interval", JSONText.interval(interval.start, interval.end))) }
        if let began { members.append(("began", "\(began)")) }
        members.append(("ended", "\(ended)"))
        members.append(("report_count", "\(reports)"))
        if let rejections { members.append(("rejections", JSONText.rejections(rejections))) }
        return members
    }
}
