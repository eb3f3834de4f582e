"""A browser for lab tests: browser.py DIRECTORY. Carries out DIRECTORY/order.N, a word and its arguments a line, one
after the other, and answers in DIRECTORY/answer.N: "ok" or "failed" in the first line, then what there is to say.

Chromium runs where this program does: outside a guest that has no strength for it, on a network that it shares with it.
"""
import base64
import os
import sys
import time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys

LOAD_SECONDS = 60


def start(directory):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
                 "--force-prefers-reduced-motion", "--hide-scrollbars", "--user-data-dir=" + directory + "/profile"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver", log_path=directory + "/chromedriver.log"), options=options)
    driver.set_page_load_timeout(LOAD_SECONDS)
    return driver


class Browser:
    def __init__(self, directory):
        self.directory = directory
        self.driver = start(directory)

    def open(self, url):
        self.driver.get(url)

    def look(self, width, height, scheme):
        """Of the screen, in CSS pixels, and what the reader's system prefers."""
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": int(width), "height": int(height), "deviceScaleFactor": 1, "mobile": int(width) < 600})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def scripts(self, state):
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": state == "off"})

    def evaluate(self, expression):
        answer = self.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": expression, "returnByValue": True})
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def until(self, seconds, expression):
        """Until it is true in the page."""
        end = time.monotonic() + float(seconds)
        while not self.evaluate(expression):
            if time.monotonic() > end:
                raise RuntimeError("in vain, in:\n" + str(self.evaluate("document.body.innerText")))
            time.sleep(0.05)

    def reader(self):
        """What a screen reader is told: "role: name" a line."""
        nodes = self.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        return "\n".join(f"{node.get('role', {}).get('value')}: {node.get('name', {}).get('value', '')}"
                         for node in nodes if not node.get("ignored"))

    def keys(self, *names):
        actions = webdriver.ActionChains(self.driver)
        for name in names:
            actions.send_keys(getattr(Keys, name, name))
        actions.perform()

    def complaints(self):
        """What the console has seen since the last time: errors, and breaches of the content security policy."""
        return "\n".join(entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING"))

    def picture(self, path, whole=""):
        answer = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": whole == "whole"})
        with open(path, "wb") as file:
            file.write(base64.b64decode(answer["data"]))


def carry_out(browser, lines):
    value = getattr(browser, lines[0])(*lines[1:])
    return "" if value is None else str(value)


def main(directory):
    browser = Browser(directory)
    number = 1
    while True:
        path = f"{directory}/order.{number}"
        if not os.path.exists(path):
            time.sleep(0.02)
            continue
        with open(path, encoding="utf-8") as file:
            lines = file.read().removesuffix("\n").split("\n")
        try:
            answer = "ok\n" + carry_out(browser, lines)
        except Exception as error:  # whatever went wrong is the test's to judge
            answer = "failed\n" + " ".join(lines) + "\n" + str(error)
        with open(f"{directory}/answer.new", "w", encoding="utf-8") as file:
            file.write(answer)
        os.rename(f"{directory}/answer.new", f"{directory}/answer.{number}")
        number += 1


main(sys.argv[1])
