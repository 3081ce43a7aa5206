"""The examples of docs/python.md, run as they stand there."""

import doctest
import os
import re
import unittest

import support

PAGE = support.ROOT / "docs/python.md"


class PageTest(support.FolderTest):
    def test_examples(self):
        blocks = re.findall(r"^```pycon\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
        self.assertGreater(len(blocks), 3)
        (self.folder / "SmolLM2.gguf").symlink_to(support.smollm2())
        test = doctest.DocTestParser().get_doctest(
            "".join(blocks), {}, PAGE.name, str(PAGE), 0
        )
        report = []
        before = os.getcwd()
        os.chdir(self.folder)
        try:
            doctest.DocTestRunner(
                optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
            ).run(test, out=report.append)
        finally:
            os.chdir(before)
        self.assertEqual("".join(report), "")


if __name__ == "__main__":
    unittest.main()
