import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failedCases } from '../../../functions/dashboard/log/test-xml.ts';

describe('the failing cases of a test.xml', () => {
  it.each([
    [
      'what Bazel writes for a shell test',
      '<?xml version="1.0"?><testsuites><testsuite name="a/b" tests="1" errors="1"><testcase name="a/b" status="run"><error message="exited with error code 1"></error></testcase><system-out>Generated test.log</system-out></testsuite></testsuites>',
      [{ name: 'a/b', message: 'exited with error code 1' }],
    ],
    [
      'classes and text in place of a message',
      "<testcase classname='Suite' name='works'/><testcase classname='Suite' name='fails'><failure type='x'>expected 3 &lt; 2 &#38; 1</failure></testcase>",
      [{ name: 'Suite.fails', message: 'expected 3 < 2 & 1' }],
    ],
    [
      'a name that holds its class',
      '<testcase classname="A" name="A.b"><failure message="m"/></testcase>',
      [{ name: 'A.b', message: 'm' }],
    ],
    [
      'two failures of one case',
      '<testcase name="a"><failure message="1"/><error message="2"/></testcase>',
      [{ name: 'a', message: '1' }],
    ],
    [
      'comments and CDATA',
      '<!-- <testcase name="x"><failure/> --><testcase name="a"><system-out><![CDATA[<failure message="no"/>]]></system-out></testcase>',
      [],
    ],
    [
      'a sign in an attribute',
      '<testcase name="a>b"><failure message="x > y"/></testcase>',
      [{ name: 'a>b', message: 'x > y' }],
    ],
    ['a failure outside of any case', '<failure message="lost"/>', []],
    ['a file that breaks off', '<testcase name="a"><failure message="m', []],
    [
      'words in CDATA',
      '<testcase name="a"><failure message=""><![CDATA[expected <b> & "c"]]></failure></testcase>',
      [{ name: 'a', message: 'expected <b> & "c"' }],
    ],
    [
      'words behind a comment',
      '<testcase name="a"><failure><!-- made by x -->expected 3</failure></testcase>',
      [{ name: 'a', message: 'expected 3' }],
    ],
    [
      'words in elements',
      '<testcase name="a"><failure><p>expected <b>3</b></p></failure></testcase>',
      [{ name: 'a', message: 'expected 3' }],
    ],
    [
      'a message that says nothing beside words that do',
      '<testcase name="a"><failure message="Failed" type="">a_test.go:7: got 3</failure></testcase>',
      [{ name: 'a', message: 'a_test.go:7: got 3' }],
    ],
    [
      "a suite's own error, which is no case's",
      '<testsuite name="s"><testcase name="passed"/><error message="no fixture"/></testsuite>',
      [{ name: 's', message: 'no fixture' }],
    ],
    [
      'an attribute whose name ends like the one wanted',
      '<testcase hostname="no" name="a"><failure xmessage="no" message="m"/></testcase>',
      [{ name: 'a', message: 'm' }],
    ],
    [
      'half of a character',
      '<testcase name="a"><failure message="x\ud83d"/></testcase>',
      [{ name: 'a', message: 'x\ufffd' }],
    ],
    [
      'a file that breaks off in its words',
      '<testcase name="a"><failure>expected 3, got',
      [{ name: 'a', message: 'expected 3, got' }],
    ],
    [
      'an entity of its own',
      '<!DOCTYPE x [<!ENTITY e "boom">]><testcase name="&e;"><failure message="&e;"/></testcase>',
      [{ name: '&e;', message: '&e;' }],
    ],
  ])('are read from %s', (_, xml, cases) => {
    expect(failedCases(xml)).toEqual(cases);
  });

  it('are at most twenty, and short', () => {
    const xml = `<testcase name="${'n'.repeat(5000)}"><failure message="${'m'.repeat(5000)}"/></testcase>`.repeat(50);
    const cases = failedCases(xml);
    expect(cases).toHaveLength(20);
    expect(cases[0]?.message.length).toBeLessThanOrEqual(601);
  });

  it('are looked for in anything without harm', () => {
    const part = fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      '/',
      '<testcase ',
      'name=',
      '<failure',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '&#x110000;',
      '&#0;',
      '&lt;',
      'a',
      ' ',
      '<?',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 200 }), (parts) => {
        expect(failedCases(parts.join('')).length).toBeLessThanOrEqual(20);
      }),
      { numRuns: 1000 },
    );
  });
});
