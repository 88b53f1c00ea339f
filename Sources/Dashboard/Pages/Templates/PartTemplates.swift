/// Parts that several pages have.
enum PartTemplates {
    /// What a client sent: text, whatever it is, in a direction of its own.
    ///
    /// See ``ForeignValue/shown(limit:)``.
    static let value = """
        <bdi class="value" dir="ltr">{{#.none}}<span class="escape">(empty)</span>{{/.none}}\
        {{#.parts}}{{#.escape}}<span class="escape">{{.text}}</span>{{/.escape}}\
        {{^.escape}}{{.text}}{{/.escape}}{{/.parts}}\
        {{#.cut}}<span class="escape" title="there is more">…</span>{{/.cut}}</bdi>
        """

    /// Terms with what they are.
    static let facts = """
        <dl class="{{#isTiles}}tiles{{/isTiles}}{{^isTiles}}facts{{/isTiles}}">
        {{#facts}}<div{{#.wide}} class="wide"{{/.wide}}><dt>{{term}}</dt><dd>{{#.seconds}}<time datetime="{{.}}">{{text}}</time>{{/.seconds}}\
        {{^.seconds}}{{text}}{{/.seconds}}</dd></div>
        {{/facts}}
        </dl>

        """

    /// Reports that were rejected, by party and reason.
    static let rejections = """
        {{#hasRejections}}<details><summary>Rejected reports</summary>
        <div class="scroll" tabindex="0" role="region" aria-label="Rejected reports"><table>
        <thead><tr><th scope="col">Rejected by</th><th scope="col">Reason</th><th scope="col" class="number">Reports</th></tr></thead>
        <tbody>
        {{#rejections}}<tr><td>{{party}}</td><th scope="row">{{meaning}} <span class="hint">{{reason}}</span></th>
        <td class="number">{{number}}</td></tr>
        {{/rejections}}
        </tbody></table></div></details>{{/hasRejections}}

        """

    /// What of a table is left out, and a link for each that brings it back.
    static let chips = """
        {{#hasChips}}<ul class="chips" aria-label="What is left out">
        {{#chips}}<li><span>{{label}} {{#.shown}}{{>value}}{{/.shown}}{{#.words}}{{.}}{{/.words}}</span>
        <a href="{{path}}" data-swap aria-label="Show others than this {{label}} too">✕</a></li>
        {{/chips}}
        <li><a href="{{everything}}" data-swap>Show all</a></li>
        </ul>{{/hasChips}}

        """

    /// The form above a table.
    ///
    /// What else the address has goes with it.
    static let filter = """
        <form method="get" action="{{action}}" class="filter" role="search" data-swap>
        <span data-region="hidden">{{#hidden}}<input type="hidden" name="{{name}}" value="{{value}}">{{/hidden}}</span>
        <label>Search <input type="search" name="q" value="{{search}}" maxlength="500" spellcheck="false"
        autocapitalize="none"></label>
        {{#hasChanges}}<label>Change <select name="change"><option value="">any</option>
        {{#changes}}<option value="{{name}}"{{#.selected}} selected{{/.selected}}>{{words}}</option>{{/changes}}
        </select></label>{{/hasChanges}}
        <button type="submit">Show</button>
        </form>

        """

    static let pager = """
        {{#hasPages}}<nav class="pager" aria-label="Pages of the table">
        {{#previous}}<a href="{{.}}" data-swap rel="prev">Previous</a>{{/previous}}
        <span>page {{page_number}} of {{pages}}</span>
        {{#next}}<a href="{{.}}" data-swap rel="next">Next</a>{{/next}}
        </nav>{{/hasPages}}

        """
}
