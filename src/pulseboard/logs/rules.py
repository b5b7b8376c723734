r"""Which lines speak of a failure, and how surely: general rules, the surest first.

Each rule was written from how a family of tools reports a failure, not for one project. Patterns
see a line without its instant and without terminal codes. They are RE2: no line, however it was
made, can keep them busy.
"""

from typing import Final, NamedTuple

import re2


class Rule(NamedTuple):
    """A way in which tools report a failure.

    Of several lines that the surest rule finds, the guilty one is the last, because retries and
    earlier steps that went well in the end come before it; `first` turns that round for tools
    whose later reports follow from the first.
    """

    name: str
    weight: int
    pattern: str
    first: bool = False


def _rule(name: str, weight: int, *patterns: str, first: bool = False) -> Rule:
    return Rule(name, weight, "|".join(f"(?:{one})" for one in patterns), first)


_SOURCE_AT: Final = r"^\s*(?:\[[\w:]+\]\s+)?(?:[A-Za-z]:)?[^\s:(\[][^:(]*\.[A-Za-z+]{1,5}"
_EXCEPTION: Final = (
    r"(?:[A-Za-z_][\w$]*(?:\.|::))*[A-Z]\w*(?:Error|Exception|Failure|Interrupt|Fault)"
)

_STRICT: Final = (
    r"(?i)\bwarnings? (?:\w+ ){0,2}treated as errors?|\bwarnings? in strict mode\b"
    r"|\bstrict mode\b.*\bwarnings?\b|\btoo many warnings\b"
)
_ANNOUNCED: Final = (
    r"^(?:> )?(?:Execution failed for task .*|A problem occurred (?:configur|evaluat)ing .*"
    r"|Could not resolve all .*)[.:]$"
)

RULES: Final = (
    # What only reports about the job could not be sent or kept: jobs seldom fail for that.
    _rule(
        "bystander", 30,
        r"(?i)\b(?:failed to|error|could not|unable to|cannot) (?:\w+ ){0,4}(?:upload|report)",
        r"(?i)\b(?:sccache|ccache|telemetry|atexit|codecov|metrics?)\b.*\b(?:err|error|fail)",
        r"(?i)\bsccache\b.*\bdenied\b", r"\bwhen calling the (?:Put|Upload)\w+ operation\b",
    ),
    # How much went wrong in all: whatever says what did is the better line.
    _rule(
        "tally", 35,
        r"^(?:\[\w+\] )?(?:FAILURE: |[Ee]rror: )?(?:\*\* )?(?:BUILD|TEST|Build|Compilation|Tests?) "
        r"(?:FAILED|FAILURES?|failed|failures?)\b", r"^FAILURE: ",
        r"^> Task \S+ FAILED$",
        r"(?i)^\W*(?:found |summary: )?\d+ (?:\w+ )?"
        r"(?:errors?|failures?|problems?|failed|failing)\b",
        r"(?i)^\W*(?:found )?one error found", r"^\d+ \w+, \d+ (?:failures?|errors?)\b",
        r"(?i)\bsome tests (?:failed|did not pass)\b", r"\berrored during testing$",
        r"(?i)\b\d+ \w+(?:\(s\))? (?:failed|errors?|failures?)[.!]?$", r"^\d+ files? would be ",
        r"(?i)\b(?:did not run successfully|encountered error while)\b", r"^Result: FAIL",
        r"^Errors while running \w+",
        r"(?i)\bfailed with errors\b", r"(?i)\bcompiled with \d+ errors?", r"^error during build:",
        r"^error: could not compile ", r"\bcompileIncremental\) Compilation failed",
        r"^ERROR: Job failed: ",
        r"^Finished: FAILURE", r"^Executed \d+ of \d+", r"^test cases: \d+",
        r"\brun failed: command",
        r"^\[\w+\] Found \d+ errors?", r"^ERROR: Build did NOT complete",
        r"^There (?:was|were) \d+ (?:failure|error)s?:", r"\bdid not complete successfully\b",
        r"^##\[error\]One or more containers failed",
        r"(?i)\bfailed to build (?:\w+ )*(?:wheels?|extensions?)\b",
        r"(?i)^\s*(?:fail(?:ed|ures?)?|errors?)\s*:\s*\d+$", r"\bis not recoverable: exiting\b",
        r"^error: failed to push some refs", r"(?i)\bsee (?:\w+ ){0,3}above\b",
        r"^TOTAL: \d+ FAILED\b", r"(?i)\bcommand (?:failed$|finished with error\b)",
        r"(?i)\blifecycle script\b.*\bfailed\b", r"^== Compilation error in file",
        r"\(errors have been logged\)$",
    ),
    # An exception that only passes on that something else failed.
    _rule(
        "relayed", 70,
        r"^(?:E\s+)?" + _EXCEPTION + r": .*\bfailed[!.]?$",
        r"^_{3,} ERROR collecting ", r"\bCalledProcessError\b",
        r"^" + _EXCEPTION + r": (?:Command|Process) .* (?:exit|status)",
        r"^fatal: (?:clone of |Could not read from remote|.*\bsubmodule path\b)",
    ),
    # It took too long, whatever those who waited for it make of that.
    _rule("time", 72, r"(?i)\btook (?:> ?|(?:more|longer) than )\d"),
    _rule(
        "resources", 100,
        r"\b(?:CUDA|HIP|XPU|GPU) out of memory\b", r"\bOutOfMemoryError\b", r"\bOOMKilled\b",
        r"(?i)\bheap out of memory\b", r"\bNo space left on device\b",
        r"(?i)\bcannot allocate memory\b", r"(?i)^(?:.*\s)?out of memory: killed process",
        r"(?i)\bvirtual memory exhausted\b", r"(?i)\bcompiler is out of heap space\b",
        r"(?i)\bdisk quota exceeded\b", r"(?i)\binsufficient disk space\b",
    ),
    _rule(
        "compiler", 95,
        _SOURCE_AT + r":\d+(?::\d+)?:\s+(?:fatal |internal compiler )?[Ee]rror\b",
        _SOURCE_AT + r"\(\d+(?:[,:-]\d+)*\)\s?:\s*(?:fatal )?error\b",
        r"\.[A-Za-z]{1,5}\(\d+,\d+\): (?:fatal )?error\b", r"^\s*error\[[A-Z]+\d+\]:",
        r"^\s*error(?: TS\d+)?: .*\.\w+:\d+", r"^\s*Type error: \S", r"^-- [A-Z][A-Z ]+ -{5,}",
        r"^\s*\S+ ?: (?:fatal )?error [A-Z]{1,5}\d{2,5}:",
        r"^e: (?:file://)?\S+:\d+", r"\[ERROR\] .*\.\w+:\[\d+,\d+\]",
        r"\bundefined reference to\b", r"^Undefined symbols for architecture",
        r"\bunresolved external symbol\b", r"\berror LNK\d+", r"\bfatal error C\d+",
        r"^CMake Error\b", r"^\s*nvcc (?:error|fatal)\s*:", r"^ptxas (?:error|fatal)",
        r"^\S+:\d+:\d+: (?:cannot use|undefined:|syntax error|imported and not used|declared and)",
        r"^(?:\w+: )?\S+\.go:\d+:\d+: ", r"^\s*\S+\.\w{1,5} \(\d+:\d+\): \S",
        r"^\[error\] \S+:\d+:\d+: ", r"\.\w+:\d+:\d+ - error\b",
        r"^(?:\s*= note: )?(?:\S*/)?ld(?:\.\w+)?: (?:error: |cannot find |.*not found)",
        first=True,
    ),
    # What follows the first resource that could not be made is that all others are taken back.
    _rule("stack", 93, r"\b(?:CREATE|UPDATE|DELETE)_FAILED\b", first=True),
    # Whoever ran the tests is gone, and took along what it had said of them.
    _rule(
        "gone", 93,
        r"^panic: ", r"\bcrashed while running\b", r"\bforked VM terminated\b",
        r"(?i)\b(?:host|worker|test) process (?:\S+ )?(?:has )?(?:crashed|was terminated|died)\b",
    ),
    _rule(
        "test report", 92,
        r"^_{3,} (?:ERROR at )?\S.*? _{3,}$",
        r"^(?:FAIL|ERROR|UNEXPECTED SUCCESS)(?: \[\d[\d.]*s\])?: test\w* \(", r"^\s*--- FAIL: ",
        r"^thread '.*' (?:\(\d+\) )?panicked at", r"^\s*● (?:.+ › |Test suite failed)",
        r"^\s*\d+\) (?:[\w\\]+::\w+|\[\w+\] › )", r"^\[  FAILED  \] [\w/]+\.[\w/]+",
        r"^\s*(?:✗|✘|✖ \S)", r"^test \S.* \.\.\. FAILED$",
        r"^\S+:\d+: Failure$", r"\[ERROR\]\s+\S+\.\S+:\d+(?:->\S+)? ",
        r"^\s*\d+\) (?:Failure|Error):", r"^rspec \./\S+:\d+ #", r"^\s*FAIL\s+\S+ > ",
        r"<<< (?:FAILURE|ERROR)!", r"^\S+ > \S.* FAILED$",
        r"^[A-Z]\w+ .*\([^)]+\)(?: \S+)? \S.* FAILED$", r"^\s*Failed \S+ \[(?:< )?\d+ ?m?s\]",
        r"^\d\d:\d\d \+\d+(?: ~\d+)? -\d+: .* \[E\]$", r"^\s*#\s+Failed test\b",
        r"\*\*\* FAILED \*\*\*", r"^\S+:\d+: FAILED:$", r"^\s*\[-\] \S",
    ),
    # A test that failed comes before all that it is a part of.
    _rule("part of a report", 92, r"^\s*not ok \d+", r"\|\s*FAIL\s*\|$", first=True),
    _rule(
        "exception", 90,
        r"^(?:E\s+|\s+)?(?:=> )?" + _EXCEPTION + r"(?: \[\w+\])?(?::\s|$)",
        r"^\s*(?:\d+\.\s+|\*\* \()" + _EXCEPTION + r"[\s)]", r"^Exception in thread ",
        r"^(?:Uncaught |Unhandled )" + _EXCEPTION, r"^fatal error: ",
        r"^Caused by: " + _EXCEPTION,
        r"^Unhandled exception[.:]", r"^PHP (?:Fatal|Parse) error:", r"^\S+:\d+:in .*\(\w*Error\)",
        r"^(?:\[\w+\] )?" + _EXCEPTION + r"\b: \S", r"\(" + _EXCEPTION + r"\)$",
        r"^E   .*\b" + _EXCEPTION + r"\b", r"^\s*(?:Swift/)?Fatal error: ",
        r"^(?:\S+ )?terminate called after throwing",
    ),
    _rule(
        "crash", 88,
        r"\b(?:Segmentation fault|Bus error|Illegal instruction|core dumped)\b",
        r"\bSIG(?:SEGV|ABRT|BUS|ILL|FPE)\b", r"(?:ERROR|WARNING): \w+Sanitizer:",
        r"\bruntime error: ", r"\bAborted \(core", r"\bAssertion [`'\"(].* failed\b",
        r"\bdouble free or corruption\b", r"\bstack smashing detected\b",
    ),
    # Each of these lines is a finding of its own, so reading begins at the top.
    _rule(
        "lint", 86,
        r"^\s*\d+:\d+\s+(?:error|✖)\s+\S", r"^\S+:\d+:\d+: [A-Z]{1,4}\d*:? ",
        r"^\S+:\d+(?::\d+)? [A-Z]{1,4}\d{2,4}\b", r"\^-*\^? SC\d{4} ", r"^✖\s{2,}\S",
        r"^\S+:\d+:\d+: [A-Z].+ (?:\[[\w-]+\]|\([\w:-]+\))$", r"^\s*× \S",
        r"^\S+\.\w{1,6}:\d+:\d+ - [A-Z]\S",
        r"^[A-Z]{1,4}\d{3,4} \S", r"^[Ww]ould reformat:? \S", r"^Diff in \S",
        r"^\[warn\] Code style issues", r"^(?:>>> Lint for|  Error  \()",
        first=True,
    ),
    _rule(
        "named failure", 86,
        r"^\S+\s+-\s+failed\b", r"^\S.*\s{2,}(?:FAIL|FAILED|ERROR)\b\s*:", r"\bFAIL: ",
        r"^\s*(?:FAIL|FAILED|ERROR)\s+\S+(?:\.\w+|::)\S*(?: -.*)?$",
        r"^! [A-Z]", r"^Assertion failed", r"^---- \S+ stdout ----$",
    ),
    # Who answered says why; what asked then only says that it got no further.
    _rule(
        "answer", 85,
        r"^remote: (?:error: |Permission to |Repository not found|Write access|Invalid )",
    ),
    _rule(
        "service", 84,
        r"\bError response from daemon: ", r"\b(?:API|secondary|pull) rate limit\b",
        r"\brate limit exceeded\b", r"(?i)\btoo many requests\b",
        r"(?i)\b(?:over its (?:\w+ )*quota|quota (?:\w+ )?exceeded)\b",
        r"^ERROR: failed to (?:solve|build|push|pull)", r"\bmanifest unknown\b",
        r"^(?:npm (?:ERR!|error) (?:code E[A-Z0-9]+|404 +(?:Not Found\b|.* is not in )|Missing))",
        r"\bCould not resolve (?:host|dependencies)", r"\bCould not find a version that satisfies",
        r"\bNo matching distribution found\b", r"\bTemporary failure in name resolution\b",
        r"^curl: \(\d+\)", r"^E: (?:Unable|Failed|Package|Version)", r"^ERESOLVE\b",
        r"^fatal: ", r"^(?:\S+: )?Permission denied \(",
        r"\bYour lock ?file needs to be updated\b", r"^The lock ?file .* out of date",
        r"^rsync error:", r"\bConnection (?:refused|reset by peer|timed out)\b",
        r"^│? ?Error: ", r"\bAccess ?Denied\b", r"\b50[234] (?:Bad|Service|Gateway)",
        r"\bx509: ", r"\bcertificate verify failed\b", r"^\s*ERR_[A-Z0-9]+_[A-Z0-9_]+\b",
        r"^go: .*(?:\bneeded\b|\bnot found\b|\binvalid\b|\binconsistent\b|\bunknown\b|\berror)",
    ),
    _rule(
        "announced", 80,
        r"^(?:##\[error\]|::error(?: [^:]*)?::)\S",
    ),
    # A reason is given, and not only said that something failed.
    _rule("explained", 64, r"(?i)\bfailed because\b", r"\brequires? .*\bfound .* but "),
    _rule(
        "spoken", 60,
        r"^\s*(?:\[?(?:ERROR|FATAL|CRITICAL|SEVERE)\]?)[:\s]\s?[^\s+|\\]",
        r"(?i)^\s*(?:fatal )?error: \S",
        r"^\s*(?:ERR!|Err:|E:) ", r"(?i)^\S+: (?:fatal )?error:? ",
        r"^\S+: (?:command not found|No such file or directory|Permission denied|not found)$",
        r"(?i): (?:command not found|no such file or directory|permission denied)$",
        r"^make(?:\[\d+\])?: \*\*\* ", r"^FAILED(?::| \()", r"^CONFLICT \(",
        r"^Traceback \(most recent call last\)",
        r"(?i)\brefus(?:ed|ing)\b", r"(?i)\bleft .*\bdirty\b",
        r"(?i)\bthresholds?\b.*\bnot met\b", r"(?i)\bnot in \w+ format\b",
        r"(?i)\bdoes not look like an? \w+",
        r"(?i)\bdoes not match\b.*\bexpected", r"\bis not recognized as \w+ (?:internal|name)\b",
    ),
    # What a package manager says of a script that failed; the script itself has said more.
    _rule("passed on", 45, r"^npm (?:ERR!|error) \S", r"^\s*! \[(?:remote )?rejected\]"),
    # The job fails for warnings that nobody minds elsewhere, or for what the next line says.
    _rule("pointer", 42, _STRICT, _ANNOUNCED, r"^\* What went wrong:"),
    _rule(
        "worded", 40,
        r"(?i)\bfail(?:ed|ure|s)?\b", r"(?i)\berrors?\b",
        r"(?i)\b(?:cannot|can(?:'|’)t|could not|couldn(?:'|’)t|unable to)\b",
        r"(?i)\b(?:not found|invalid|missing|denied|timed out|time-?out|aborted|killed|crash)\b",
        r"(?i)\bexception\b", r"(?i)\bfatal\b", r"(?i)\bpanic\b",
        r"(?i)\b(?:uncommitted|forbidden|out of date|out of sync|incompatible)\b",
    ),
    # A check that shows what would have to change, and says nothing else.
    _rule("difference", 15, r"^diff --git ", first=True),
    _rule(
        "exit", 10,
        r"(?i)\b(?:exit|return|status) (?:code|status)?:? ?[1-9]", r"(?i)\bexited with\b",
        r"\bError \d+$",
    ),
)  # fmt: skip

# Warnings have been made errors: one of those before is meant.
STRICT: Final = re2.compile(_STRICT)
# A line that announces what the next one says.
ANNOUNCES: Final = re2.compile(r"^[^\"'`()]{1,50}:\s*$|" + _ANNOUNCED)
# What builders of images, composers of services and servers put before what was written within.
RELAYED_FROM: Final = re2.compile(
    r"^(?:#\d+ \d+\.\d+ |[a-z][\w.-]* +\| |INTERNALERROR> |[a-z@][\w@/-]*:[a-z][\w-]*: "
    r"|\[\d\d:\d\d:\d\d\](?:[A-Z]?:? )?(?:\[[^\]]*\])? *)"
)
# A script that shows each command has decided to give up.
GIVES_UP: Final = re2.compile(r"^\++ exit [1-9]")
# The step is over, and failed.
STEP_FAILED: Final = re2.compile(
    r"^##\[error\](?:Process completed with exit code [1-9-]|The operation was canceled"
    r"|Executing the custom container implementation failed|Bash exited with code)"
)
# A job that ran out of its time did not fail for what it had said before.
OUT_OF_TIME: Final = re2.compile(
    r"^##\[error\](?:The action .+ has timed out|The job .*exceeded the maximum execution)"
)
# A job that was stopped from outside says so after whatever it was busy with.
STOPPED: Final = re2.compile(
    r"^##\[error\](?:The operation was canceled|The action .+ has timed out"
    r"|Canceling since a higher"
    r"|The runner has received a shutdown signal|The job .*exceeded the maximum execution"
    r"|The self-hosted runner.* lost communication|received SIG(?:INT|TERM)"
    r"|The hosted runner.* lost communication|.*\bfailed to come online\b)"
)

# What only repeats that something failed, once the job is over.
NOISE: Final = re2.compile(
    r"^(?:##\[error\])?(?:\[\w+\] )?(?:Error: )?(?:"
    r"Process completed with exit code \d+|Step script exited with code|A task was canceled"
    r"|Executing the custom container implementation failed"
    r"|(?:The p|P)rocess '.*' (?:failed with exit|exited with) code"
    r"|[A-Z]\w+ exited with code \d+\.?$"
    r"|(?:Docker \w+|Command|Script) failed with exit code|Got exit code|Bash exited with code"
    r"|Step cancell?ed by|make(?:\[\d+\])?: \*\*\* .*Error \d+$"
    r"|error: called from$|npm (?:ERR!|error) (?:errno|path|signal|command|code ELIFECYCLE"
    r"|A complete log|Exit status|This is probably not a problem|Failed at the)"
    r"|Error: failed to run script step|The strategy configuration was canceled"
    r"|Cmd: |.*\bELIFECYCLE\b|Node(?:\.js)? \d+ (?:is|actions)"
    r"|(?:-> )?\[Help \d\]|To see the full stack trace|Re-run Maven"
    r"|For more information about the err)"
    r"|^(?:##\[(?:command|group|endgroup|debug|section)\]|\[command\]|\++ |::(?:group|debug)|\$ )"
)
# How servers other than GitHub declare a job failed, once it is over.
DECLARED: Final = re2.compile(
    r"^(?:ERROR: Job failed(?: \(.*\))?: (?:exit code|command terminated|exit status)"
    r"|ERROR: script returned exit code|Exited with code"
    r"|The command \".*\" exited with|Build step .* marked build as failure)"
)
# What servers write around the words of a job.
TIDIES: Final = re2.compile(
    r"^(?:section_(?:start|end):|Cleaning up |\[Pipeline\]|Uploading artifacts|Finished: FAILURE)"
)
# Words of failure that speak of none.
INNOCENT: Final = re2.compile(
    r"(?i)\b(?:0|no|zero|without|ignor\w+) (?:\w+ )?(?:errors?|failures?|failed|fails)\b"
    r"|\b(?:errors?|fail(?:ed|ures?))\s*[:=]\s*"
    r"(?:0\b|(?:false|none|null|no|\[\]|\{\}|\"\")\s*(?:[,;)\]}|]|$))"
    r"|--?[\w-]*(?:error|fail)[\w-]*|\s-W[a-z][\w-]*|\bcontinue.on.error|\bfail-fast|\bxfail"
    r"|\bif:? .*failure\(\)|\b(?:error|fail|exception)[\w-]*\.(?:\w{1,5})(?:\s|$|:)"
    r"|^\s*[\w./-]*(?:/|_)(?:errors?|exceptions?|missing|fail\w*)[\w./-]*$"
    r"|(?:\bPASS(?:ED)?\b|\bok\b|✓|✔|\bSKIPPED\b).*$"
    r"|^\s*\[\+\] |\b[Uu]nable to find image '.*' locally$|^Evaluating |^checking .*\.\.\."
    r"|^\s*(?:Downloading|Installing|Compiling|Building|Requirement already|Unpacking|Setting up)\b"
    r"|(?i)\bif .*\bfails?\b|^[\w /()+.-]*[a-z)]\s{2,}\d[\d.]*(?: ?%| s)?\s*$"
    r"|\b(?:will|would|can|may|might|should) (?:\w+ )?(?:fail|error)\b|^\s*(?:#|//) |^\s+\* "
)
WARNING: Final = re2.compile(
    r"^(?:##\[warning\]|::warning)|(?i:\bwarn(?:ing)?\b\]?[:\s]|\bdeprecat\w+\b)"
)
# What a line must contain to be looked at; RE2 finds these in all of a log at once.
TELLTALE: Final = (
    r"(?i)error|fail|exception|interrupt|fault|panic|fatal|abort|out of memory|oomkilled|no space"
    r"|can(?:no|'|’)t|could(?: no|n'|n’)t|unable|not found|invalid|missing|denied|timed out|timeout"
    r"|killed|crash|undefined|unresolved|refus|dirty|rate limit|too many|exhausted|manifest unknown"
    r"|curl: \(|no matching|no such|not ok|sanitizer|sigsegv|sigabrt|sigint|core dumped"
    r"|operation was cancel|shutdown signal|uncommitted|out of (?:date|sync)|warn|deprecat"
    r"|exit(?:ed)? |lint for|x509|would reformat|lost communication|maximum execution|●|[✖✗✘]"
    r"|\+ exit [1-9]|quota|___ |connection re|50[234] |raised|does not match|rspec|there w"
    r"|stdout ----|diff in |conflict|forbidden|:\d+:\d+:? (?:- )?[a-z]"
    r"|\b[a-z]{1,4}\d{3,4}[ /]|\[-\] |threshold|diff --git|\(\d+:\d+\): "
    r"| \[e\]|recognized|×|\|\s*fail\b|problems?\b"
    r"|took (?:>|more |longer )|incompatib|not in \w+ format|does not look|unexpected success"
    r"|rejected\]|-- [a-z ]+ -----"
    r"|what went wrong|needed|err_|\d\) (?:\S+::|\[)|strict mode"
)
