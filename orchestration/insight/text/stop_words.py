"""Words of three letters and more that say nothing about what a text is about."""

from __future__ import annotations

_GERMAN = """
aber alle allem allen aller alles also andere anderen auch auf aus bei beim bekomme bekommen bereits bin bis
bisher bitte bräuchte brauche brauchen damit danach dank danke dann das dass davon dazu dein deine dem den denn
der des dich die dies diese diesem diesen dieser dieses dir doch dort drei durch eben eigentlich ein eine einem
einen einer eines einfach einmal endlich erst etwas euch euer eure eurem euren eurer fast finde finden fragen
frage frau für gab ganz gar geben gegen gehen geht gemacht genau gern gerne gerade gestern gibt gibts ging grüße
grüßen gut guten habe haben habt hallo hat hatte hatten hatten hätte heute herr hier hin ich ihm ihn ihnen ihr
ihre ihrem ihren ihrer immer ins ist jede jeden jeder jedes jetzt kann kannst kein keine keinen keiner komme
kommen kommt können könnt könnte könnten lassen leider lieber liebe machen macht man mal mehr mein meine meinem
meinen meiner mich mir mit moin morgen müssen muss nach natürlich nein neue neuen nicht nichts noch nochmal nun
nur ob oder ohne schon schön schöne schönen sehr seid sein seine seit selbst sich sie sind sogar soll sollen
sollte sonst tag über um und uns unser unsere unserem unseren unserer unter viel viele vielen vom von vor wann
war waren warum was weder wegen weil weiß weiter welche welcher welches wenn wer werde werden wie wieder will
wir wird wirklich wissen wohl wollen wollte wurde wurden würde würden zum zur zwei zwischen
"""
_ENGLISH = """
about after again all already also always and any anyone anything are aren because been before being best
both but can cannot cant could did didn does doesn doing don done each else even ever every few for from get
gets getting give given goes going good got had hadn has hasn have haven having hello here hers him his how
however into isn its just know let like look looking made make many may maybe more most much must need needs
never next not nothing now off okay once one only other our out over own per please put really right said same
see she should shouldn since some someone something still such take than thank thanks that the their them then
there these they thing things this those though three through too took try trying two under until upon use used
using very want wanted was wasn way well went were what when where which while who whose why will with within
without won would yes yet you your yours
"""

STOP_WORDS = {"de": frozenset(_GERMAN.split()), "en": frozenset(_ENGLISH.split())}
