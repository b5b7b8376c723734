"""What tools of many kinds write when they fail, and the line a person would point at."""

FAMILIES = {
    "gradle": (
        ["> Task :app:compileJava FAILED",
         "/w/app/src/main/java/A.java:12: error: cannot find symbol", "  symbol:   class Foo",
         "1 error", "FAILURE: Build failed with an exception.", "* What went wrong:",
         "Execution failed for task ':app:compileJava'.",
         "> Compilation failed; see the compiler error output for details.",
         "BUILD FAILED in 12s"], 2),
    "gradle test": (
        ["> Task :test", "com.acme.SumTest > adds() FAILED",
         "    org.opentest4j.AssertionFailedError at SumTest.java:14", "3 tests completed, 1 failed",
         "> Task :test FAILED", "FAILURE: Build failed with an exception."], 2),
    "gradle without a plugin": (
        ["FAILURE: Build failed with an exception.", "* What went wrong:",
         "Could not resolve all files for configuration ':classpath'.",
         "> Could not find com.acme:lib:1.2.3.", "BUILD FAILED in 2s"], 4),
    "kotlin": (
        ["> Task :compileKotlin FAILED",
         "e: file:///w/src/main/kotlin/A.kt:7:13 Unresolved reference: foo"], 2),
    "maven test": (
        ["[INFO] Running com.acme.SumTest",
         "[ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.05 s <<< FAILURE!",
         "[ERROR] com.acme.SumTest.adds -- Time elapsed: 0.01 s <<< FAILURE!",
         "org.opentest4j.AssertionFailedError: expected: <4> but was: <3>",
         "[ERROR] Failures: ", "[ERROR]   SumTest.adds:14 expected: <4> but was: <3>",
         "[INFO] BUILD FAILURE"], (3, 4, 6)),
    "vitest": (
        [" ✓ src/b.test.ts (2 tests) 3ms", " FAIL  src/a.test.ts > sum > adds",
         "AssertionError: expected 3 to be 4 // Object.is equality",
         " Test Files  1 failed | 1 passed (2)"], (2, 3)),
    "mocha": (
        ["  1 passing (5ms)", "  1 failing", "  1) sum", "       adds:",
         "      AssertionError [ERR_ASSERTION]: 3 == 4", "      at Context.<anonymous> (test.js:5:12)"],
        5),
    "playwright": (
        ["Running 2 tests using 1 worker",
         "  1) [chromium] › login.spec.ts:5:1 › logs in ────────────",
         "    Error: expect(locator).toBeVisible() failed",
         "  1 failed", "    [chromium] › login.spec.ts:5:1 › logs in"], (2, 3)),
    "cypress": (
        ["  1) login", "     shows the form:",
         ("     AssertionError: Timed out retrying after 4000ms: Expected to find element: `#user`,"
         " but never found it."), "    │ Failing:      1    │"], 3),
    "eslint": (
        ["/w/src/a.js", "  3:7  error  'x' is assigned a value but never used  no-unused-vars",
         "✖ 1 problem (1 error, 0 warnings)"], 2),
    "mypy": (
        [('app/a.py:3: error: Incompatible return value type (got "int", expected "str")'
         "  [return-value]"), "Found 1 error in 1 file (checked 8 source files)"], 1),
    "ruff": (
        ["app/a.py:1:8: F401 [*] `os` imported but unused", "Found 1 error.",
         "[*] 1 fixable with the `--fix` option."], 1),
    "ruff of today": (
        ["F401 [*] `os` imported but unused", " --> app/a.py:1:8", "  |", "1 | import os",
         "Found 1 error."], 1),
    "black": (["would reformat app/a.py", "Oh no! 💥 💔 💥", "1 file would be reformatted."], 1),
    "prettier": (
        ["Checking formatting...", "[warn] src/a.ts",
         "[warn] Code style issues found in the above file. Run Prettier with --write to fix."], (2, 3)),
    "rustfmt": (["Diff in /w/src/main.rs:3:", "-fn main(){", "+fn main() {"], 1),
    "clippy": (
        ["    Checking app v0.1.0 (/w)", "error: unused variable: `x`", " --> src/main.rs:2:9",
         'error: could not compile `app` (bin "app") due to 1 previous error'], 2),
    "golangci-lint": (
        ['level=info msg="[config_reader] Used config file .golangci.yml"',
         "pkg/a.go:12:2: ineffectual assignment to err (ineffassign)"], 2),
    "go build": (
        ["# example.org/app", "./main.go:9:2: undefined: foo"], 2),
    "go panic": (
        ["=== RUN   TestX", "panic: runtime error: index out of range [3] with length 3",
         "goroutine 6 [running]:", "FAIL\texample.org/app\t0.01s"], 2),
    "rspec": (
        ["Failures:", "  1) Sum adds", "     Failure/Error: expect(sum).to eq(4)",
         "       expected: 4", "            got: 3", "1 example, 1 failure",
         "rspec ./spec/sum_spec.rb:5 # Sum adds"], (2, 3, 7)),
    "minitest": (
        ["  1) Failure:", "SumTest#test_adds [test/sum_test.rb:9]:", "Expected: 4", "  Actual: 3",
         "1 runs, 1 assertions, 1 failures, 0 errors, 0 skips"], (1, 2)),
    "phpunit": (
        ["There was 1 failure:", "", "1) SumTest::testAdds",
         "Failed asserting that 3 matches expected 4.", "/w/tests/SumTest.php:11", "FAILURES!",
         "Tests: 1, Assertions: 1, Failures: 1."], (1, 3, 4)),
    "dotnet build": (
        [("/w/A.cs(3,9): error CS0103: The name 'x' does not exist in the current context"
         " [/w/App.csproj]"), "Build FAILED.", "    1 Error(s)"], 1),
    "dotnet test": (
        ["  Failed Adds [5 ms]", "  Error Message:", "   Assert.Equal() Failure: Values differ",
         "Failed!  - Failed:     1, Passed:     2, Skipped:     0, Total:     3"], (1, 3)),
    "xcode": (
        ["CompileSwift normal arm64 /w/A.swift",
         "/w/A.swift:4:9: error: cannot find 'foo' in scope",
         "** BUILD FAILED **"], 2),
    "xctest": (
        ["Test Case '-[AppTests.SumTests testAdds]' started.",
         ('/w/SumTests.swift:8: error: -[AppTests.SumTests testAdds] : XCTAssertEqual failed: ("3")'
         ' is not equal to ("4")'), "** TEST FAILED **"], 2),
    "flutter": (
        ["00:01 +0: adds", "00:01 +0 -1: adds [E]", "  Expected: <4>", "    Actual: <3>",
         "00:01 +0 -1: Some tests failed."], 2),
    "ansible": (
        ["TASK [Install nginx] ****",
         'fatal: [web1]: FAILED! => {"changed": false, "msg": "No package matching \'nginx\'"}',
         "web1 : ok=2    changed=0    unreachable=0    failed=1"], 2),
    "helm": (
        ["Error: UPGRADE FAILED: timed out waiting for the condition"], 1),
    "kubectl": (
        ['Waiting for deployment "web" rollout to finish: 1 of 2 updated replicas are available...',
         'error: deployment "web" exceeded its progress deadline'], 2),
    "docker step": (
        ["#9 [5/6] RUN npm ci", "#9 2.345 npm error code E404",
         "#9 2.346 npm error 404 Not Found - GET https://registry.example.org/nope",
         '#9 ERROR: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1',
         ('ERROR: failed to solve: process "/bin/sh -c npm ci" did not complete successfully:'
         " exit code: 1")], (2, 3)),
    "pip": (
        ["Collecting nope==9.9",
         ("ERROR: Could not find a version that satisfies the requirement nope==9.9 (from versions:"
         " none)"), "ERROR: No matching distribution found for nope==9.9"], (2, 3)),
    "poetry": (
        ["Resolving dependencies...",
         ("pyproject.toml changed significantly since poetry.lock was last generated. Run `poetry"
         " lock` to fix the lock file.")], 2),
    "yarn": (
        ["➤ YN0000: ┌ Resolution step",
         ("➤ YN0028: │ The lockfile would have been modified by this install, which is explicitly"
         " forbidden."), "➤ YN0000: Failed with errors in 0s 210ms"], 2),
    "pnpm": (
        [(' ERR_PNPM_OUTDATED_LOCKFILE  Cannot install with "frozen-lockfile" because'
         " pnpm-lock.yaml is not up to date with package.json")], 1),
    "apt": (
        ["Reading package lists...", "E: Unable to locate package libfoo-dev"], 2),
    "bazel": (
        ["INFO: Analyzed 3 targets",
         ("ERROR: /w/app/BUILD:3:10: Compiling app/a.cc failed: (Exit 1): gcc failed: error executing"
         " command"), "app/a.cc:5:1: error: expected '}' at end of input",
         "ERROR: Build did NOT complete successfully"], 3),
    "cmake": (
        ["-- Detecting CXX compiler ABI info", "CMake Error at CMakeLists.txt:7 (find_package):",
         '  Could not find a package configuration file provided by "Boost"',
         "-- Configuring incomplete, errors occurred!"], 2),
    "ctest": (
        ["1/2 Test #1: sum ..............***Failed    0.01 sec", ("50% tests passed, 1 tests failed out"
         " of 2"), "The following tests FAILED:", "\t  1 - sum (Failed)", "Errors while running CTest"],
        (1, 4)),
    "linker": (
        ["[3/3] Linking CXX executable app", "a.cpp:(.text+0x5): undefined reference to `foo()'",
         "collect2: error: ld returned 1 exit status", "ninja: build stopped: subcommand failed."], 2),
    "elixir": (
        ["  1) test adds (SumTest)", "     test/sum_test.exs:5",
         "     Assertion with == failed", "1 test, 1 failure"], (1, 3)),
    "sbt": (
        ["[info] compiling 1 Scala source", "[error] /w/A.scala:3:5: not found: value foo",
         "[error] one error found", "[error] (Compile / compileIncremental) Compilation failed"], 2),
    "haskell": (
        ["[1 of 1] Compiling Main", "app/Main.hs:4:8: error: [GHC-88464]",
         "    Variable not in scope: foo :: IO ()"], 2),
    "perl": (
        ["t/sum.t .. 1/2", "#   Failed test 'adds'", "#   at t/sum.t line 5.",
         "Result: FAIL"], 2),
    "tap": (["ok 1 - starts", "not ok 2 - adds", "# failed 1 of 2 tests"], 2),
    "tox": (
        ["py311: commands[0]> pytest", "FAILED tests/test_a.py::test_sum - assert 1 == 2",
         "py311: exit 1 (0.42 seconds) /w> pytest pid=12", "  py311: FAIL code 1 (0.5 seconds)"], 2),
    "shellcheck": (
        ["In deploy.sh line 3:", "rm $1", "   ^-- SC2086 (info): Double quote to prevent globbing"],
        3),
    "git merge": (
        ["Auto-merging a.py", "CONFLICT (content): Merge conflict in a.py",
         "Automatic merge failed; fix conflicts and then commit the result."], 2),
    "git push": (
        ["To https://github.com/acme/api", " ! [rejected]        main -> main (fetch first)",
         "error: failed to push some refs to 'https://github.com/acme/api'"], (2, 3)),
    "ssh": (["git@github.com: Permission denied (publickey).",
             "fatal: Could not read from remote repository."], (1, 2)),
    "action not found": (
        ["Getting action download info",
         "##[error]Unable to resolve action `acme/nope@v1`, repository not found"], 2),
    "missing secret": (
        ["##[error]Input required and not supplied: token"], 1),
    "coverage": (
        ["TOTAL    200    40    80%",
         "FAIL Required test coverage of 90% not reached. Total coverage: 80.00%"], 2),
    "killed": (["make[1]: Entering directory '/w'", "Killed", "make: *** [Makefile:3: all] Error 137"], 2),
    "node": (
        ["/w/index.js:3", "    throw new Error('boom')", "          ^", "", "Error: boom",
         "    at Object.<anonymous> (/w/index.js:3:9)", "Node.js v20.11.0"], 5),
    "webpack": (
        ["asset main.js 1.2 KiB", "ERROR in ./src/a.js 1:0-20",
         "Module not found: Error: Can't resolve './b' in '/w/src'",
         "webpack 5.90.0 compiled with 1 error in 300 ms"], (2, 3)),
    "vite": (
        ["vite v5.0.0 building for production...",
         "error during build:",
         '[vite]: Rollup failed to resolve import "x" from "/w/src/main.ts".'], 3),
    "sql migration": (
        ["INFO  [alembic.runtime.migration] Running upgrade 1 -> 2",
         "sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) connection refused"], 2),
    "java": (
        ['Exception in thread "main" java.lang.NullPointerException: x is null',
         "\tat com.acme.Main.main(Main.java:5)"], 1),
    "gitlab": (
        ["$ make test", "ERROR: Job failed: exit code 2"], 2),
    "jenkins": (
        ["[Pipeline] sh", "+ mvn test", "hudson.AbortException: script returned exit code 1",
         "Finished: FAILURE"], 3),
    "quiet docker pull": (
        ["Unable to find image 'alpine:3' locally", "3: Pulling from library/alpine",
         "sh: 1: nope: not found"], 3),
}  # fmt: skip
