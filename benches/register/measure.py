#!/usr/bin/env python3
"""How long the register takes in the running program: filling it with a hospital's devices, and
drawing it.  Bounded, on loopback only; needs nothing but Python and the built program.

    cargo build --release --locked -p yagura
    python3 benches/register/measure.py target/release/yagura
"""

import http.client
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
import uuid

PORT = 8987
SIZE = 5_000
SYSTEMS = 300
HOST = f"127.0.0.1:{PORT}"


class Browser:
    """One person's session."""

    def __init__(self):
        self.cookies = {}

    def send(self, method, path, body=None, kind=None):
        line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=300)
        headers = {"Origin": f"http://{HOST}", "Host": HOST}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if kind:
            headers["Content-Type"] = kind
        line.request(method, path, body, headers)
        answer = line.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                pair = value.split(";")[0].split("=", 1)
                self.cookies[pair[0]] = pair[1]
        content = answer.read()
        line.close()
        return answer.status, answer.getheader("Location"), content

    def get(self, path):
        status, _, content = self.send("GET", path)
        assert status == 200, (path, status, content[:300])
        return content

    def post(self, path, fields):
        body = urllib.parse.urlencode(fields)
        status, to, content = self.send("POST", path, body, "application/x-www-form-urlencoded")
        assert status == 303, (path, status, content[:600].decode(errors="replace"))
        return to

    def upload(self, path, files):
        mark = uuid.uuid4().hex
        parts = b""
        for name, content in files:
            head = (
                f'--{mark}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
                "Content-Type: application/octet-stream\r\n\r\n"
            )
            parts += head.encode() + content + b"\r\n"
        parts += f"--{mark}--\r\n".encode()
        status, to, content = self.send("POST", path, parts, f"multipart/form-data; boundary={mark}")
        assert status == 303, (path, status, content[:600].decode(errors="replace"))
        return to


def address(n):
    return f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"


def mac(n):
    return f"00:1b:21:{n >> 16 & 255:02x}:{n >> 8 & 255:02x}:{n & 255:02x}"


def ledger(first, last, place):
    rows = ["管理番号,ホスト名,IPアドレス,MACアドレス,設置場所"]
    rows += [f"A-{n:05},pc{n:05}x,{address(n)},{mac(n)},{place}" for n in range(first, last)]
    return "\n".join(rows).encode()


def scan(first, last):
    hosts = "".join(
        f'<host><status state="up"/><address addr="{address(n)}" addrtype="ipv4"/>'
        f'<address addr="{mac(n)}" addrtype="mac"/><ports><port protocol="tcp" portid="443">'
        '<state state="open"/><service name="https"/></port></ports></host>'
        for n in range(first, last)
    )
    end = '<runstats><finished exit="success"/></runstats></nmaprun>'
    return f'<nmaprun scanner="nmap" start="1795257000">{hosts}{end}'.encode()


def leases(first, last):
    return "".join(
        f"lease {address(n)} {{\n  starts 0 2026/11/22 01:00:00;\n  ends 0 2026/11/23 01:00:00;\n"
        f"  binding state active;\n  hardware ethernet {mac(n)};\n"
        f'  client-hostname "pc{n:05}x";\n}}\n'
        for n in range(first, last)
    ).encode()


def directory(first, last):
    return "".join(
        f"dn: CN=PC{n:05}X,DC=example,DC=jp\nobjectClass: computer\ncn: PC{n:05}X\n"
        f"dNSHostName: pc{n:05}x.example.jp\noperatingSystem: Windows 11 Pro\n\n"
        for n in range(first, last)
    ).encode()


def systems():
    rows = ["所管部署,ベンダ名,システム名・医療機器名,外部接続の有無,接続形態,回線種類,接続の仕組み"]
    for n in range(SYSTEMS):
        line = "有（リモートメンテナンス）,必要時接続,光回線,暗号化通信（IPsec）" if n % 3 == 0 else "無,,,"
        rows.append(f"第{n % 40}部門,架空{n % 25}社,架空システム{n:03},{line}")
    return "\n".join(rows).encode()


def timed(what, act):
    begun = time.perf_counter()
    result = act()
    print(f"{what:<58}{time.perf_counter() - begun:8.2f} s", flush=True)
    return result


def fill(browser, what, files):
    size = sum(len(content) for _, content in files)
    print(f"-- {what} ({size / 1e6:.1f} MB)")
    to = timed("   upload", lambda: browser.upload("/inventory/import", files))
    page = timed("   preview", lambda: browser.get(to)).decode()
    seen = re.search(r'name="seen" value="([^"]*)"', page).group(1)
    timed("   confirm", lambda: browser.post(f"{to}/confirm", {"seen": seen}))


def main(binary):
    with tempfile.TemporaryDirectory() as folder:
        command = [binary, "--data", folder, "demo", "--listen", HOST]
        begun = time.perf_counter()
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while True:
                try:
                    Browser().get("/demo")
                    break
                except OSError:
                    assert server.poll() is None and time.perf_counter() - begun < 300
                    time.sleep(0.05)
            print(f"{'first start of the demonstration':<58}{time.perf_counter() - begun:8.2f} s")
            browser = Browser()
            page = browser.get("/demo").decode()
            forms = re.findall(r'<form[^>]*action="([^"]+)"[^>]*>(.*?)</form>', page, re.S)
            people = [form for form in forms if "persona" in form[0] or "demo" in form[0]]
            to, inner = people[1]
            browser.post(to, dict(re.findall(r'name="([^"]+)" value="([^"]*)"', inner)))
            fill(browser, f"{SIZE:,} new devices of a ledger", [("l.csv", ledger(0, SIZE, "1階"))])
            first, last = SIZE // 10, SIZE + SIZE // 10
            files = [
                ("l.csv", ledger(first, last, "2階")),
                ("scan.xml", scan(first, last)),
                ("dhcpd.leases", leases(first, last)),
                ("computers.ldf", directory(first, last)),
            ]
            fill(browser, f"ledger, scan, leases and directory of {SIZE:,}", files)
            fill(browser, f"stock-take sheet of {SYSTEMS} systems", [("t.csv", systems())])
            print("-- pages of that register")
            for path in (
                "/inventory",
                "/inventory/assets",
                "/inventory/duplicates",
                "/diagrams/systems",
                "/diagrams/systems.pdf",
                "/diagrams/network",
                "/diagrams/network.pdf",
                "/diagrams/impact",
            ):
                timed(f"   {path}", lambda: browser.get(path))
        finally:
            server.terminate()
            server.wait(30)


if __name__ == "__main__":
    main(sys.argv[1])
