/// A finished walk.
enum WalkTemplates {
    static let walk = """
        {{#failed}}<p class="notice fault">This walk has no result: {{.}}</p>{{/failed}}
        {{#cutOff}}<div class="notice"><p>Not complete: the strings below {{unfinished}} are left out, since the task permits no
        further step. They begin with:</p>
        <ul tabindex="0" aria-label="Beginnings">{{#beginnings}}<li>{{#.shown}}{{>value}}{{/.shown}}</li>{{/beginnings}}</ul></div>{{/cutOff}}
        {{>facts}}
        {{#hasResult}}
        <div class="tools">
        {{>filter}}
        {{#hasComparable}}<form method="get" action="{{compare}}" class="filter">
        <label>Compare with <select name="\(FormField.with)">
        {{#comparable}}<option value="{{walk}}">{{when}}, threshold {{limit}}</option>{{/comparable}}
        </select></label>
        <button type="submit">Compare</button>
        </form>{{/hasComparable}}
        <p class="actions" data-region="actions"><a href="{{csv}}" download>Download CSV</a>
        <a href="{{json}}" download>Download JSON</a>
        <button type="button" hidden data-copy-link>Copy the link</button></p>
        </div>
        <div data-region="table" tabindex="-1">
        {{>chips}}
        {{>table}}
        {{>pager}}
        {{#hasSums}}<div class="grid">
        {{>sums}}
        </div>{{/hasSums}}
        </div>
        {{/hasResult}}
        {{#hasSteps}}<details><summary>How the walk went</summary>
        {{>steps}}
        </details>{{/hasSteps}}
        {{>rejections}}
        {{#remarks}}<p class="hint">{{.}}</p>{{/remarks}}

        """

    /// Rows are numbered in the whole walk, whatever a filter leaves of them.
    static let table = """
        <p class="found" data-said>{{found}}</p>
        {{#hasRows}}<div class="panel"><table class="strings" role="table" aria-label="Strings">
        <thead role="rowgroup"><tr role="row">
        <th role="columnheader" scope="col" class="number">Rank</th>
        {{#columns}}<th role="columnheader" scope="col"{{#.class}} class="{{.}}"{{/.class}} aria-sort="{{order}}">\
        <a href="{{path}}" data-swap>{{name}}<span aria-hidden="true">{{arrow}}</span></a></th>
        {{/columns}}
        <th role="columnheader" scope="col" class="number">Share</th>
        {{#isNoisy}}<th role="columnheader" scope="col" class="number">95 % interval</th>{{/isNoisy}}
        {{#hasTrend}}<th role="columnheader" scope="col">Trend</th>{{/hasTrend}}
        <th role="columnheader" scope="col"><span class="unseen">Copy</span></th>
        </tr></thead>
        <tbody role="rowgroup">
        {{#rows}}<tr role="row"><td role="cell" class="number rank">{{rank}}</td>
        {{#isGrouped}}<td role="cell" class="group" data-label="group">{{#.groupPath}}<a href="{{.}}" data-swap>\
        {{#group}}{{>value}}{{/group}}</a>{{/.groupPath}}</td>{{/isGrouped}}
        <th role="rowheader" scope="row" class="string"><a href="{{path}}">{{#shown}}{{>value}}{{/shown}}</a>
        <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="fill" width="{{bar}}" \
        height="6"/>{{#.whisker}}<rect class="whisker" x="{{x}}" y="2" width="{{length}}" height="2"/>{{/.whisker}}</svg></th>
        <td role="cell" class="number" data-label="count">{{count}}</td>
        {{#hasChanges}}<td role="cell" class="change" data-label="change">{{#.change}}\
        <span class="kind {{name}}"><span aria-hidden="true">{{sign}}</span> {{words}}</span>{{#.earlier}} \
        <span class="hint">was {{.}}</span>{{/.earlier}}{{/.change}}</td>{{/hasChanges}}
        <td role="cell" class="number" data-label="share">{{share}}</td>
        {{#isNoisy}}<td role="cell" class="number" data-label="interval">{{interval}}</td>{{/isNoisy}}
        {{#hasTrend}}<td role="cell" class="trend">{{#.spark}}<svg viewBox="0 0 100 24" role="img" aria-label="{{words}}">\
        {{#lines}}<polyline points="{{points}}"/>{{/lines}}{{#dots}}<circle cx="{{x}}" cy="{{y}}" r="2"/>{{/dots}}</svg>\
        {{/.spark}}</td>{{/hasTrend}}
        <td role="cell" class="copy"><button type="button" hidden data-copy="{{text}}" aria-label="Copy string {{rank}}">\
        Copy</button></td></tr>
        {{/rows}}
        </tbody></table></div>{{/hasRows}}

        """

    static let sums = """
        {{#sums}}<details open><summary>{{title}} <span class="hint">{{number}}</span></summary>
        <p class="hint">At least so many reports: strings below the threshold count for nothing.</p>
        <table class="sums"><thead><tr><th scope="col">{{part}}</th><th scope="col" class="number">Strings</th>
        <th scope="col" class="number">Reports</th></tr></thead><tbody>
        {{#sumRows}}<tr><th scope="row"><a href="{{path}}" data-swap>{{#key}}{{>value}}{{/key}}</a>
        <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true"><rect class="fill" width="{{bar}}" \
        height="6"/></svg></th>
        <td class="number">{{strings}}</td><td class="number">≥ {{atLeast}}</td></tr>
        {{/sumRows}}
        </tbody></table>
        {{#hasSumPages}}{{#sumPages}}<nav class="pager" aria-label="{{label}}">
        {{#.previous}}<a href="{{.}}" data-swap rel="prev">Previous</a>{{/.previous}}
        <span>page {{page_number}} of {{pages}}</span>
        {{#.next}}<a href="{{.}}" data-swap rel="next">Next</a>{{/.next}}
        </nav>{{/sumPages}}{{/hasSumPages}}
        </details>{{/sums}}

        """
}
