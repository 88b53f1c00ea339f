/// A discovery: its form, the question that is asked once more, and the walk while it goes on.
enum DiscoveryTemplates {
    static let discover = """
        <form method="post" action="{{action}}" class="card">
        <input type="hidden" name="\(FormField.csrf)" value="{{csrf}}">
        <p><label for="threshold">Threshold</label>
        <input id="threshold" name="\(FormField.threshold)" value="{{threshold}}" inputmode="decimal" autocomplete="off"
        aria-describedby="threshold-help" required></p>
        <p id="threshold-help" class="hint">A string is listed if at least so many reports have it: a number, such as 250, or a
        share of the reports, such as 1%. This task permits {{least}} or more.</p>
        <p class="hint">A batch has at least {{leastBatch}}.</p>
        {{#interval}}
        <p><label for="since">First moment of the batch</label>
        <input id="since" name="\(FormField.since)" value="{{since}}" autocomplete="off" aria-describedby="interval-help"
        required></p>
        <p><label for="until">First moment after it</label>
        <input id="until" name="\(FormField.until)" value="{{until}}" autocomplete="off" aria-describedby="interval-help"
        required></p>
        <p id="interval-help" class="hint">In UTC, such as 2026-01-31 or 2026-01-31T12:00Z. An interval that is over.</p>
        {{/interval}}
        {{#promise}}<p class="hint">{{.}}</p>{{/promise}}
        <p><button type="submit" class="main">Go on</button> <a href="{{back}}">Back</a></p>
        </form>

        """

    static let question = """
        <form method="post" action="{{action}}" class="card">
        <input type="hidden" name="\(FormField.csrf)" value="{{csrf}}">
        <input type="hidden" name="\(FormField.question)" value="{{question}}">
        <p><strong>A walk spends its batch.</strong> {{batch}} can be walked once: a lower threshold needs new reports.</p>
        <p>The threshold is <strong>{{threshold}}</strong>.</p>
        <p><button type="submit" class="main">Start the walk</button> <a href="{{back}}">Change the threshold</a></p>
        </form>

        """

    static let live = """
        <section data-events="{{events}}">
        <p class="state" role="status" data-part="state">{{state}}</p>
        <p><progress data-part="progress" max="100" value="{{percent}}" aria-label="Levels of the tree">{{percent}} %</progress></p>
        <p data-part="estimate">{{estimate}}</p>
        <p data-part="result"{{^hasResult}} hidden{{/hasResult}}><a class="main button" \
        href="{{#result}}{{.}}{{/result}}{{^result}}\(DashboardPath.tasks.text){{/result}}">Open the result</a></p>
        <p class="hint">Threshold {{threshold}}. {{late}}</p>
        <figure>
        <svg class="tree" viewBox="0 0 400 200" role="img" aria-labelledby="tree-words" data-part="tree">
        {{#tree}}<rect class="asked" x="{{askedX}}" y="{{y}}" width="{{asked}}" height="{{height}}"/>\
        <rect class="kept" x="{{keptX}}" y="{{y}}" width="{{kept}}" height="{{height}}"/>
        {{/tree}}
        </svg>
        <figcaption id="tree-words">The tree of beginnings, from the root downwards: how many were asked for at each step, and how
        many of them have enough votes. Which they are, and what is below the threshold, is shown to nobody.</figcaption>
        </figure>
        {{>steps}}
        </section>

        """

    /// The steps of a walk, under way or finished.
    static let steps = """
        <div class="scroll" tabindex="0" role="region" aria-label="Steps"><table>
        <caption>Steps</caption>
        <thead><tr><th scope="col" class="number">Step</th><th scope="col" class="number">Bits</th>
        <th scope="col" class="number">Candidates</th><th scope="col" class="number">With enough votes</th>
        <th scope="col" class="number">Reports</th><th scope="col" class="number">Late rejections</th>
        <th scope="col" class="number">Time</th><th scope="col" class="number">Pairs a second</th></tr></thead>
        <tbody data-part="steps">
        {{#steps}}<tr>{{#cells}}<td class="number">{{.}}</td>{{/cells}}</tr>
        {{/steps}}
        </tbody></table></div>

        """
}
