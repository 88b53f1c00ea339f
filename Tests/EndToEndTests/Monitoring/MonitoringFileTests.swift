import Foundation
import Testing

extension EndToEnd {
    /// The files that read the metrics: their own tool takes them, and they ask for what is served.
    @Suite struct MonitoringFiles {
        @Test(.enabled(if: Promtool.isThere))
        func theRulesAreWellFormedAndEachFires() async throws {
            try await Scratch.with { scratch in
                for arguments in [
                    ["check", "rules", Promtool.file("alerts.yml").path],
                    ["check", "config", Promtool.file("prometheus.yml").path],
                    ["test", "rules", Promtool.file("alerts-test.yml").path],
                ] {
                    let result = try await Promtool.run(arguments, in: scratch)
                    #expect(result.status == 0, "\(arguments): \(result.output)")
                }
            }
        }

        /// No alert without a test that drives it, and one that sees it rest.
        @Test func eachAlertHasItsTests() {
            let alerts = Scratch.text(Promtool.file("alerts.yml")).matches(of: /- alert: (\w+)/).map { String($0.1) }
            let tests = Scratch.text(Promtool.file("alerts-test.yml"))
            #expect(alerts.count > 10 && Set(alerts).count == alerts.count)
            for alert in alerts {
                #expect(tests.contains("- name: \(alert)\n") && tests.contains("- name: \(alert) rests\n"), "\(alert)")
                #expect(tests.contains("alertname=\"\(alert)\""), "\(alert)")
            }
        }

        /// The expressions of the dashboard are Prometheus', and every family that it or an alert asks for is in the guide, whose
        /// table is the served one.
        @Test func theDashboardAsksForWhatIsServed() async throws {
            let json = try JSONSerialization.jsonObject(with: try Data(contentsOf: Promtool.file("dashboard.json")))
            let dashboard = try #require(json as? [String: Any])
            let panels = try #require(dashboard["panels"] as? [[String: Any]])
            let expressions = panels.flatMap { $0["targets"] as? [[String: Any]] ?? [] }.compactMap {
                $0["expr"] as? String
            }
            #expect(panels.count > 20 && expressions.count >= panels.count { $0["type"] as? String != "row" })
            let ids = panels.compactMap { $0["id"] as? Int }
            #expect(Set(ids).count == panels.count && dashboard["title"] as? String == "Populus")
            let asked = (expressions + [Scratch.text(Promtool.file("alerts.yml"))]).flatMap {
                $0.matches(of: /\b(?:populus|process)_[a-z_]+/).map { String($0.0) }
            }
            let guide = Scratch.text(Checkout.root.appending(path: "Sources/populus/populus.docc/OperatorsGuide.md"))
            for name in Set(asked) {
                let family = name.replacing(/_(bucket|sum|count)$/, with: "")
                #expect(guide.contains("| `\(family)` |") || guide.contains("| `\(name)` |"), "\(name)")
            }
            // And what is served is shown.
            for match in guide.matches(of: /\n\| `(populus_[a-z_]+|process_[a-z_]+)` \|/) {
                #expect(asked.contains { $0.hasPrefix(match.1) }, "\(match.1) is in no panel and no alert")
            }
            guard Promtool.isThere else { return }
            try await Scratch.with { scratch in
                let rules = expressions.enumerated().map { index, text in
                    let plain = text.replacing("$__rate_interval", with: "5m").replacing("$__range", with: "1h")
                    return "      - record: 'panel:\(index)'\n        expr: '\(plain.replacing("'", with: "''"))'\n"
                }
                let text = "groups:\n  - name: dashboard\n    rules:\n" + rules.joined()
                let file = try scratch.write(Data(text.utf8), to: "panels.yml")
                let result = try await Promtool.run(["check", "rules", file.path], in: scratch)
                #expect(result.status == 0, "\(result.output)")
            }
        }
    }
}
